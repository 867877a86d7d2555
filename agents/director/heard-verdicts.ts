/** The agent's last word on each port of a VIP, answer by answer. Pure. */
import type { Protocol } from '../../src/domain/ipvs-table.ts';
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { PortVerdict } from '../../src/probe/verdict-runs.ts';

/** By `endKey`. */
export type HeardVerdicts = ReadonlyMap<number, AppVerdict>;

const protocolIndex: Readonly<Record<Protocol, number>> = { tcp: 0, udp: 1, sctp: 2 };
const ports = 65_536;

/** A number for each port of each protocol: looked up for every destination there is. */
export function endKey({ protocol, port }: { readonly protocol: Protocol; readonly port: number }): number {
  return protocolIndex[protocol] * ports + port;
}

/** As `before`, but for what of these ports is said to be unhealthy; the same map where that is not new. */
export function worseVerdicts(
  before: HeardVerdicts,
  keys: readonly number[],
  told: readonly PortVerdict[],
): HeardVerdicts {
  const bad = heardVerdicts(
    noVerdicts,
    keys,
    told.filter(({ verdict }) => verdict === 'unhealthy'),
    true,
  );
  const isNews = [...bad].some(([key, verdict]) => before.get(key) !== verdict);
  return isNews ? new Map([...before, ...bad]) : before;
}

const noVerdicts: HeardVerdicts = new Map();

/**
 * What is known of these ports (by key, in order) after one more answer; the same map where nothing is new. A returning agent does not
 * know yet what the one before it knew: its `unknown` undoes nothing. `isWhole`: a port left out is none of that real server's.
 */
export function heardVerdicts(
  before: HeardVerdicts,
  keys: readonly number[],
  answered: readonly PortVerdict[],
  isWhole: boolean,
): HeardVerdicts {
  const runs = answered
    .map(({ port, last = port, protocol, verdict }) => {
      const from = endKey({ protocol, port });
      return { from, to: from + last - port, verdict };
    })
    .sort((a, b) => a.from - b.from);
  const next = new Map<number, AppVerdict>();
  let index = 0;
  let isSame = true;
  for (const key of keys) {
    for (; (runs[index]?.to ?? Number.POSITIVE_INFINITY) < key; index++);
    const run = runs[index];
    const told = run !== undefined && run.from <= key ? run.verdict : isWhole ? 'absent' : 'unknown';
    const known = before.get(key);
    const verdict = told === 'absent' ? undefined : told === 'unknown' ? (known ?? 'unknown') : told;
    if (verdict !== known) isSame = false;
    if (verdict !== undefined) next.set(key, verdict);
  }
  return isSame ? before : next;
}
