/** What a look at a host finds: what is so, how bad it is, why it matters, and the command that mends it. */

/** `fails`: traffic of clients would not get through. `unknown`: it could not be looked at. */
export const findingLevels = ['fails', 'warns', 'unknown', 'ok'] as const;
export type FindingLevel = (typeof findingLevels)[number];

/**
 * What is asked of a host, by an id that stays: what is so where all is well, and why it matters.
 * `docs/operating.md` has this as its table, and a test holds the two together.
 */
export const findingKinds = {
  configuration: {
    about: 'what this host is told to do is known',
    why: 'without a snapshot nothing is known of its VIPs and peers, and only half of the rest can be judged',
  },
  'kernel-ipvs': {
    about: 'IPVS and the schedulers in use are in the kernel',
    why: 'a director spreads connections with IPVS and has nothing else to do it with',
  },
  'kernel-tunnel': {
    about: 'the kernel can make the tunnel devices',
    why: 'without them tunnelled packets are answered by "protocol unreachable": clients see "connection refused"',
  },
  'kernel-nft': {
    about: 'nftables is there, kernel and program',
    why: "a director's probes are marked by it, a real server's tunnels closed by it: agents refuse to work without",
  },
  address: {
    about: 'the configured address is on this host',
    why: 'peers send to it and let in what comes from it, and nothing else',
  },
  vrf: {
    about: 'the underlay device is in no VRF',
    why: 'tunnels, VIPs and policy rules stand in the main routing domain: what comes in by a VRF never meets them',
  },
  ipv6: {
    about: 'IPv6 is on where there are IPv6 VIPs',
    why: 'an IPv6 VIP cannot be put on a host without it',
  },
  'route-peer': {
    about: 'there is a way to each peer',
    why: 'what is sent there is lost, and with it the probes by which a path is known to be up',
  },
  'route-client': {
    about: 'there is a way back to clients',
    why: 'replies go straight from the real server to the client; also a loose reverse path filter drops those to whom no route leads',
  },
  'route-source': {
    about: 'tunnelled packets leave from the configured address',
    why: "a real server's closed decapsulation lets in directors by their registered address alone",
  },
  'vip-place': {
    about: 'VIPs are where Causeway puts them, and nowhere else',
    why: 'a VIP on a card is answered there past the directors; a VIP that is local on a director cannot be probed',
  },
  'rp-filter-tunnel': {
    about: 'the reverse path filter lets in what comes out of the tunnels',
    why: 'clients come from anywhere, and their replies leave by another device: strict, the kernel drops all of them without a word',
  },
  'rp-filter-underlay': {
    about: 'the reverse path filter lets in what peers send',
    why: 'packets that arrive by one card and whose reply would leave by another are dropped before any tunnel sees them',
  },
  forwarding: {
    about: 'the host forwards where NAT needs it',
    why: 'with forwarding masquerade the replies of real servers pass through the director',
  },
  arp: {
    about: 'only directors answer ARP for a VIP',
    why: 'on a shared link a real server that answers takes the VIP away from the director',
  },
  mtu: {
    about: 'full packets fit through the tunnels',
    why: 'small requests pass and large ones hang: the classic half-broken site',
  },
  'tunnel-open': {
    about: 'no tunnel decapsulates for anybody',
    why: 'whoever can reach this host injects packets with any source behind its filters (VU#199397, CVE-2020-10136, CVE-2024-7595)',
  },
  'tunnel-rival': {
    about: 'no other tunnel takes our packets, or loses its own to ours',
    why: 'the kernel gives a packet to the one device that fits it best',
  },
  'filter-input': {
    about: "others' rules let in what must come in",
    why: 'what is dropped before it comes in looks like a dead host',
  },
  'filter-output': {
    about: "others' rules let out what must leave",
    why: 'what IPVS sends to real servers, and what they answer to clients, passes the output chains of the host',
  },
  'filter-forward': {
    about: "others' rules let through what the host forwards",
    why: 'what a router or a host of containers passes on is dropped there, and neither end sees why',
  },
  'filter-not-syn': {
    about: 'no rule drops what is "new, but no SYN", or "invalid"',
    why: 'IPVS takes packets before connection tracking has noted them: on a director each packet of a client looks like the first of a connection',
  },
  'filter-reverse-path': {
    about: 'no rule plays the part of a strict reverse path filter',
    why: 'such a rule (firewalld has one for IPv6) drops clients that come out of the tunnel, whatever rp_filter says',
  },
  'filter-unread': {
    about: "others' rules could be read",
    why: 'nobody knows whether they drop what must pass',
  },
  conntrack: {
    about: 'the connection tracking table has room',
    why: 'when it is full, the kernel drops new connections of everybody',
  },
  cloud: {
    about: 'the provider carries such packets',
    why: 'providers drop tunnelled packets, or packets with an address that is not the machine’s, unless told otherwise',
  },
  clock: {
    about: "the clock agrees with the coordinators'",
    why: 'certificates begin and end by it, and ages in status are wrong',
  },
  coordinator: {
    about: 'coordinators are reached',
    why: 'traffic goes on without them, but nothing new is learnt: weights, VIPs, drains',
  },
  agent: {
    about: 'the program of this host runs and is well',
    why: 'what is in the kernel goes on as it is, but nobody looks after it',
  },
  'peer-path': {
    about: 'peers are reached through the tunnel',
    why: 'a path that is down carries nobody',
  },
  'host-survey': {
    about: 'devices, addresses and routes could be read',
    why: 'nothing of the network can be judged without them',
  },
} as const satisfies Readonly<Record<string, { readonly about: string; readonly why: string }>>;

export type FindingId = keyof typeof findingKinds;

export interface Finding {
  /** One of `findingKinds`; of another version's agent it may be one that is not known here. */
  readonly id: string;
  readonly level: FindingLevel;
  /** What is so, and what to do about it, with its conditions. */
  readonly what: string;
  readonly why: string;
  /** A command for a shell; absent where no single one mends it, or where it takes from others what they may need. */
  readonly mend?: string;
}

/** What an agent found on its own host. */
export interface ExaminationReport {
  /** What is not well. */
  readonly findings: readonly Finding[];
  /** How many questions were asked beside. */
  readonly well: number;
  /** As long as it has been just so, ms since the epoch by the agent's clock. */
  readonly sinceMs: number;
}

/** More of them nobody reads, and they are told to every coordinator. */
export const findingsAtMost = 32;

/** What is so and matters, in the words of this version; of another version's findings, in none. */
export function whyOf(id: string): string {
  return Object.hasOwn(findingKinds, id) ? findingKinds[id as FindingId].why : '';
}

/** What is amiss on a host, for the doctor as for an agent's report. */
export interface HostTrouble {
  readonly id: FindingId;
  /** Absent: `fails`. */
  readonly level?: Exclude<FindingLevel, 'ok'>;
  readonly what: string;
  /** Follows `what` in a sentence, its punctuation included. */
  readonly remedy: string;
  /** As in `Finding`. */
  readonly mend?: string;
}

/** As an agent reports it. */
export function sentenceOf({ what, remedy }: HostTrouble): string {
  return `${what}${remedy}`;
}

/** In the words that an agent reports it in: a command without its conditions would be run where it harms. */
export function findingOf(trouble: HostTrouble): Finding {
  const { id, level = 'fails', mend } = trouble;
  const { why } = findingKinds[id];
  return { id, level, what: sentenceOf(trouble), why, ...(mend === undefined ? {} : { mend }) };
}
