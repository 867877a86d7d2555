/** Several sites' digests as one: of each agent what was said last, by whomever it was heard. */
import type { AgentStanding, SiteDigest } from '../../domain/digest.ts';
import { compareText } from '../order.ts';
import { compareSamples } from './digest.ts';

export interface HeardDigest {
  readonly digest: SiteDigest;
  /** Since it was taken, by the clock of whoever merges: the clocks of those who took them are not compared. */
  readonly ageMs: number;
}

/** What was said of an agent last, and in whose digest it stands. */
export interface MergedStanding extends AgentStanding {
  readonly from: Pick<SiteDigest, 'coordinator' | 'site'>;
}

export interface MergedDigest
  extends Omit<
    SiteDigest,
    'coordinator' | 'site' | 'takenAtMs' | 'publishedRevision' | 'agents' | 'collected'
  > {
  readonly agents: readonly MergedStanding[];
  /** Of what it was made. */
  readonly parts: readonly (Pick<SiteDigest, 'coordinator' | 'site' | 'takenAtMs'> & {
    readonly ageMs: number;
  })[];
}

interface Candidate {
  /** Its report's age counts from the merge. */
  readonly standing: AgentStanding;
  readonly from: SiteDigest;
}

/** The order of the digests does not matter; ages of reports count from now. */
export function mergeDigests(heard: readonly HeardDigest[]): MergedDigest {
  const chosen = new Map<string, Candidate>();
  for (const { digest, ageMs } of heard) {
    for (const agent of digest.agents) {
      const reportAgeMs = agent.reportAgeMs === undefined ? undefined : agent.reportAgeMs + ageMs;
      const candidate = { standing: { ...agent, reportAgeMs }, from: digest };
      const key = `${agent.role}/${agent.name}`;
      const other = chosen.get(key);
      if (other === undefined || compareCandidates(candidate, other) < 0) chosen.set(key, candidate);
    }
  }
  const isFrom = (digest: SiteDigest, role: AgentStanding['role'], name: string): boolean =>
    chosen.get(`${role}/${name}`)?.from === digest;
  const digests = heard.map(({ digest }) => digest);
  return {
    parts: heard
      .map(({ digest: { coordinator, site, takenAtMs }, ageMs }) => ({ coordinator, site, takenAtMs, ageMs }))
      .toSorted(
        (a, b) =>
          compareText(a.site, b.site) ||
          compareText(a.coordinator, b.coordinator) ||
          a.ageMs - b.ageMs ||
          a.takenAtMs - b.takenAtMs,
      ),
    agents: [...chosen.values()]
      .map(({ standing, from: { coordinator, site } }) => ({ ...standing, from: { coordinator, site } }))
      .toSorted((a, b) => compareText(a.role, b.role) || compareText(a.name, b.name)),
    demands: digests
      .flatMap((digest) => digest.demands.filter(({ director }) => isFrom(digest, 'director', director)))
      .toSorted((a, b) => compareText(a.director, b.director)),
    servers: digests
      .flatMap((digest) => digest.servers.filter((one) => isFrom(digest, 'realserver', one.realServer)))
      .toSorted((a, b) => compareText(a.realServer, b.realServer)),
    paths: digests
      .flatMap((digest) => digest.paths.filter(({ director }) => isFrom(digest, 'director', director)))
      .toSorted((a, b) => compareText(a.director, b.director)),
    rtt: digests.flatMap(({ rtt }) => rtt).toSorted(compareSamples),
  };
}

/** The newest report first; then whoever has its stream, then by name, so that nothing depends on the order. */
function compareCandidates(a: Candidate, b: Candidate): number {
  const age = ({ standing: { reportAgeMs } }: Candidate): number => reportAgeMs ?? Number.MAX_VALUE;
  return (
    age(a) - age(b) ||
    Number(b.standing.isConnected) - Number(a.standing.isConnected) ||
    b.standing.lastSeenMs - a.standing.lastSeenMs ||
    compareText(a.from.coordinator, b.from.coordinator) ||
    compareText(a.from.site, b.from.site)
  );
}
