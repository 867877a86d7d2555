/** The verdicts on the ports of a VIP, as an answer tells them: in runs, what is not well first. Pure. */
import type { Protocol } from '../domain/ipvs-table.ts';
import type { AppVerdict } from '../domain/probe.ts';

export interface PortVerdict {
  readonly port: number;
  /** The last of a run of ports that are all told of; absent: `port` alone. */
  readonly last?: number;
  readonly protocol: Protocol;
  readonly verdict: AppVerdict;
}

export const protocolNumbers: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };
export const protocolOf: ReadonlyMap<number, Protocol> = new Map([
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);
/** By their numbers. */
export const verdictNames: readonly AppVerdict[] = ['unknown', 'healthy', 'unhealthy', 'unchecked'];
/** What is not well comes first: nobody waits for another page to hear of it. */
const verdictRank: Readonly<Record<AppVerdict, number>> = {
  unhealthy: 0,
  unknown: 1,
  unchecked: 2,
  healthy: 3,
};

export function verdictNumber(verdict: AppVerdict): number {
  return verdictNames.indexOf(verdict);
}

/** Neighbouring ports of one verdict together. */
export function runsOf(verdicts: readonly PortVerdict[]): PortVerdict[] {
  const ordered = verdicts.toSorted(
    (a, b) =>
      verdictRank[a.verdict] - verdictRank[b.verdict] ||
      protocolNumbers[a.protocol] - protocolNumbers[b.protocol] ||
      a.port - b.port,
  );
  const runs: { port: number; last: number; protocol: Protocol; verdict: AppVerdict }[] = [];
  for (const { port, last = port, protocol, verdict } of ordered) {
    const run = runs.at(-1);
    const goesOn = run?.protocol === protocol && run.verdict === verdict && port <= run.last + 1;
    if (goesOn) run.last = Math.max(run.last, last);
    else runs.push({ port, last, protocol, verdict });
  }
  return runs.map(({ last, ...run }) => (last === run.port ? run : { ...run, last }));
}
