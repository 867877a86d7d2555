/** Whether IPVS of this kernel tunnels by GUE: an older one passes over the attribute, and sends plain IP in IP. */

/** `release` as uname has it, such as 6.1.0-18-cloud-amd64. GUE came with 5.2, its checksum and GRE with 5.3 (linux/ip_vs.h). */
export function sendsGue(release: string): boolean {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 3);
}
