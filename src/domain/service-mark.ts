/** Firewall marks by which the packets of a service with ranges of ports find its virtual services in IPVS. */
import type { Protocol } from './ipvs-table.ts';

/** Beside the probes' (0x4357…): what bears one of these in a director's IPVS is Causeway's. */
const firstMark = 0x4380_0000;
const markBits = 23;

/**
 * Of all ports of a protocol of a service at one of its VIPs. It follows from their names alone, so that there is nothing to be given,
 * kept or lost: a new leader, a director that starts anew and one that lost its disk have the same, and no connection is moved. Two services
 * that meet in one are refused at apply (`plan/check-ranges`): among a hundred VIPs with ranges once in 1,700 fleets.
 */
export function serviceMark(service: string, vip: string, protocol: Protocol): number {
  return firstMark + (mixed(`${service} ${vip} ${protocol}`) & (2 ** markBits - 1));
}

export function isServiceMark(mark: number): boolean {
  return mark >= firstMark && mark < firstMark + 2 ** markBits;
}

/** FNV-1a, 32 bits, and a last mixing (MurmurHash3's), for near texts differ in few of its lower bits. */
function mixed(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
