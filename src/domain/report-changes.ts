/** A report told by what is other than what was reported before. */
import type { AgentReport } from './agent-message.ts';
import type { ApplicationReport, DestinationReport, PathReport } from './report.ts';

export interface ReportChanges {
  /** Of the lists what is new or other than before; the rest as it is now. */
  readonly said: AgentReport;
  /** Real servers. */
  readonly gonePaths: readonly string[];
  readonly goneDestinations: readonly Pick<DestinationReport, 'service' | 'realServer'>[];
  /** Services. */
  readonly goneApplications: readonly string[];
}

/** A round trip that is no further than this from the one that was told is not told again. */
const sameRttShare = 0.05;
const sameRttUs = 20;
const sameLoss = 0.005;
const sameAnsweredShare = 0.2;

/** From what the other end has, `before`, to `next`: what of a path only wavers is left out. */
export function reportChanges(before: AgentReport, next: AgentReport): ReportChanges {
  const paths = changed(before.paths, next.paths, pathKey, isSamePath);
  const destinations = changed(before.destinations, next.destinations, destinationKey, isSameValue);
  const applications = changed(before.applications, next.applications, applicationKey, isSameValue);
  return {
    said: {
      ...next,
      paths: paths.changed,
      destinations: destinations.changed,
      applications: applications.changed,
    },
    gonePaths: paths.gone.map(pathKey),
    goneDestinations: destinations.gone.map(({ service, realServer }) => ({ service, realServer })),
    goneApplications: applications.gone.map(applicationKey),
  };
}

/** The report that the other end means. What it did not mention stays the same value. */
export function withChanges(before: AgentReport, changes: ReportChanges): AgentReport {
  const { said, gonePaths, goneDestinations, goneApplications } = changes;
  return {
    ...said,
    paths: merged(before.paths, said.paths, new Set(gonePaths), pathKey),
    destinations: merged(
      before.destinations,
      said.destinations,
      new Set(goneDestinations.map(destinationKey)),
      destinationKey,
    ),
    applications: merged(before.applications, said.applications, new Set(goneApplications), applicationKey),
  };
}

const pathKey = ({ realServer }: Pick<PathReport, 'realServer'>): string => realServer;
const destinationKey = ({ service, realServer }: Pick<DestinationReport, 'service' | 'realServer'>): string =>
  `${service} ${realServer}`;
const applicationKey = ({ service }: Pick<ApplicationReport, 'service'>): string => service;

function changed<T>(
  before: readonly T[],
  next: readonly T[],
  keyOf: (item: T) => string,
  isSame: (a: T, b: T) => boolean,
): { readonly changed: readonly T[]; readonly gone: readonly T[] } {
  if (before === next) return { changed: [], gone: [] };
  const left = new Map(before.map((item) => [keyOf(item), item]));
  const differing = next.filter((item) => {
    const key = keyOf(item);
    const known = left.get(key);
    left.delete(key);
    return known === undefined || !isSame(known, item);
  });
  return { changed: differing, gone: [...left.values()] };
}

/** In the order of before, what is new at the end; the same list where nothing has changed. */
function merged<T>(
  before: readonly T[],
  said: readonly T[],
  gone: ReadonlySet<string>,
  keyOf: (item: T) => string,
): readonly T[] {
  if (said.length === 0 && gone.size === 0) return before;
  const news = new Map(said.map((item) => [keyOf(item), item]));
  const result: T[] = [];
  for (const item of before) {
    const key = keyOf(item);
    const replaced = news.get(key);
    news.delete(key);
    if (replaced !== undefined) result.push(replaced);
    else if (!gone.has(key)) result.push(item);
  }
  result.push(...news.values());
  return result;
}

function isSamePath(a: PathReport, b: PathReport): boolean {
  return (
    a.state === b.state &&
    a.sinceMs === b.sinceMs &&
    a.agent === b.agent &&
    a.knock === b.knock &&
    isSameRtt(a.rttP50Us, b.rttP50Us) &&
    isSameRtt(a.rttP90Us, b.rttP90Us) &&
    Math.abs(a.loss - b.loss) <= sameLoss &&
    (a.loss === 0) === (b.loss === 0) &&
    Math.abs(a.answered - b.answered) <= sameAnsweredShare * Math.max(a.answered, b.answered) &&
    isSameValue(a.lostVips, b.lostVips)
  );
}

function isSameRtt(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(sameRttUs, sameRttShare * Math.max(a, b));
}

/** Of plain values. */
function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [left, right]: Readonly<Record<string, unknown>>[] = [{ ...a }, { ...b }];
  const keys = Object.keys(left ?? {});
  return (
    keys.length === Object.keys(right ?? {}).length &&
    keys.every((key) => isSameValue(left?.[key], right?.[key]))
  );
}
