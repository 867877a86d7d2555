/** Who takes part: directors and real servers as their agents registered them. */
import { type Scheduler, schedulers } from './ipvs-table.ts';

/**
 * What plans ask of an agent's program beyond 0.1.0, by the words of its hello. `also-ports`: its real server lets in what is for certain
 * ports alone, and must be told of those that directors still use. `probe-keys`: it knows keys of pairs. `denied`: it takes denied certificates.
 * `many-slots`: as a director it probes real servers of more slots than the first 4,000. `service-tuning`: as a director it knows all
 * schedulers, and what services say of them. `port-ranges`: it knows ranges of ports, and VIPs that are networks. `announce`: as a director it claims VIPs as its site says. `vrrp`: it knows that way of claiming them too. `return-path`: as a director it collects proofs of the return path, as a real server it sends them.
 */
export const programCapabilities = [
  'also-ports',
  'probe-keys',
  'denied',
  'many-slots',
  'service-tuning',
  'port-ranges',
  'announce',
  'return-path',
  'vrrp',
] as const;
/** `gue`: program and kernel send (a director) or take (a real server) GUE, at any port, with or without checksum. */
export const agentCapabilities = [...programCapabilities, 'gue'] as const;
export type AgentCapability = (typeof agentCapabilities)[number];

/** All that the program can, and what of the rest its kernel can. */
export function capabilitiesWith({ gue }: { readonly gue: boolean }): readonly AgentCapability[] {
  return gue ? agentCapabilities : programCapabilities;
}

interface MemberBase {
  readonly name: string;
  readonly site: string;
  /** Underlay address: the DIP of a director, the RIP of a real server. */
  readonly address: string;
  /** Prefix length of that address on its link; tells who shares a link. */
  readonly prefixLength: number;
  /** Routers by which its packets leave, where its agent has told; no VIP may be one of them. */
  readonly gateways?: readonly string[];
  /** In order; absent: none. */
  readonly capabilities?: readonly string[];
}

export interface DirectorMember extends MemberBase {
  readonly role: 'director';
  /** Of the other family, one of each at most, where packets reach it as well; absent: none. */
  readonly otherAddresses?: readonly string[];
}

export interface RealServerMember extends MemberBase {
  readonly role: 'realserver';
  readonly labels: Readonly<Record<string, string>>;
  /** Concurrent connections this server is built for. */
  readonly capacity: number;
  /** From 1 (domain/probe), given at registration and kept for good: decides the probe's source port and mark on every director. */
  readonly probeSlot: number;
}

export type Member = DirectorMember | RealServerMember;

/** What a director says of its kernel: it has no such scheduler. */
export function lackWord(scheduler: Scheduler): string {
  return `lacks-${scheduler}`;
}

const lackWords = schedulers.map(lackWord);

export function lacks({ capabilities = [] }: Pick<Member, 'capabilities'>, scheduler: Scheduler): boolean {
  return capabilities.includes(lackWord(scheduler));
}

/** What of a hello's words means anything here, in order. */
export function knownWords(words: readonly string[]): string[] {
  return [...agentCapabilities, ...lackWords].filter((one) => words.includes(one));
}

export function isCapable({ capabilities = [] }: Pick<Member, 'capabilities'>, of: AgentCapability): boolean {
  return capabilities.includes(of);
}
