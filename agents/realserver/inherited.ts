/** Listening sockets that systemd made and hands over: they were there before this program, and stay when it ends (sd_listen_fds(3)). */

const firstDescriptor = 3;
/** A unit with more of them is not ours. */
const most = 16;

/**
 * Their descriptors; none where they were meant for another process, such as our parent. Takes the variables out of `environment`,
 * so that no child believes that they are its own.
 */
export function takeInherited(environment: Record<string, string | undefined>, pid: number): number[] {
  const { LISTEN_PID: meantFor, LISTEN_FDS: count = '' } = environment;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID'])
    delete environment[name];
  if (meantFor !== String(pid) || !/^\d{1,2}$/.test(count)) return [];
  return Array.from({ length: Math.min(Number(count), most) }, (_, index) => firstDescriptor + index);
}
