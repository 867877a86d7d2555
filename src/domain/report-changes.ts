/** A report told by what is other than what was reported before. */
import type { AgentReport } from './agent-message.ts';
import type { ApplicationReport, DestinationReport, PathReport } from './report.ts';
import type { ReturnPathReport } from './return-path.ts';

export interface ReportChanges {
  /** Of the lists what is new or other than before; the rest as it is now. */
  readonly said: AgentReport;
  /** Real servers. */
  readonly gonePaths: readonly string[];
  readonly goneDestinations: readonly Pick<DestinationReport, 'service' | 'realServer'>[];
  /** Services. */
  readonly goneApplications: readonly string[];
  /** Real servers; absent: none. */
  readonly goneReturnPaths?: readonly string[];
}

/** A round trip that is no further than this from the one that was told is not told again. */
const sameRttShare = 0.05;
const sameRttUs = 20;
const sameLoss = 0.005;
const sameAnsweredShare = 0.2;

/** From what the other end has, `before`, to `next`: what of a path only wavers is left out. */
export function reportChanges(before: AgentReport, next: AgentReport): ReportChanges {
  const paths = changed(before.paths, next.paths, ofPaths);
  const destinations = changed(before.destinations, next.destinations, ofDestinations);
  const applications = changed(before.applications, next.applications, ofApplications);
  const returnPaths = changed(before.returnPaths ?? [], next.returnPaths ?? [], ofReturnPaths);
  const { examination, choices, returnPaths: _, ...rest } = next;
  const isNews = examination !== undefined && !isSameValue(before.examination, examination);
  return {
    said: {
      ...rest,
      ...(isNews ? { examination } : {}),
      ...(choices === undefined || isSameValue(before.choices, choices) ? {} : { choices }),
      paths: paths.changed,
      destinations: destinations.changed,
      applications: applications.changed,
      ...(returnPaths.changed.length === 0 ? {} : { returnPaths: returnPaths.changed }),
    },
    gonePaths: paths.gone.map(ofPaths.keyOf),
    goneDestinations: destinations.gone.map(({ service, realServer }) => ({ service, realServer })),
    goneApplications: applications.gone.map(ofApplications.keyOf),
    ...(returnPaths.gone.length === 0 ? {} : { goneReturnPaths: returnPaths.gone.map(ofReturnPaths.keyOf) }),
  };
}

/** The report that the other end means. What it did not mention stays the same value. */
export function withChanges(before: AgentReport, changes: ReportChanges): AgentReport {
  const { said, gonePaths, goneDestinations, goneApplications, goneReturnPaths = [] } = changes;
  const { examination: _, returnPaths: saidReturnPaths = [], ...rest } = said;
  const gone = {
    returnPaths: goneReturnPaths.map((realServer) => ({ realServer })),
    paths: gonePaths.map((realServer) => ({ realServer })),
    applications: goneApplications.map((service) => ({ service })),
  };
  const examination = said.examination ?? before.examination;
  const choices = said.choices ?? before.choices;
  const returnPaths = merged(before.returnPaths ?? [], saidReturnPaths, gone.returnPaths, ofReturnPaths);
  return {
    ...rest,
    ...(returnPaths.length === 0 ? {} : { returnPaths }),
    ...(examination === undefined ? {} : { examination }),
    ...(choices === undefined ? {} : { choices }),
    paths: merged(before.paths, said.paths, gone.paths, ofPaths),
    destinations: merged(before.destinations, said.destinations, goneDestinations, ofDestinations),
    applications: merged(before.applications, said.applications, gone.applications, ofApplications),
  };
}

/** Whether the other end would mean by them what it has. */
export function changesNothing(before: AgentReport, changes: ReportChanges): boolean {
  const { said, gonePaths, goneDestinations, goneApplications, goneReturnPaths = [] } = changes;
  const lists = [
    said.paths,
    said.destinations,
    said.applications,
    gonePaths,
    goneDestinations,
    goneApplications,
    said.returnPaths ?? [],
    goneReturnPaths,
  ];
  return (
    lists.every(({ length }) => length === 0) &&
    said.examination === undefined &&
    said.choices === undefined &&
    isSameValue(withoutLists(before), withoutLists(said))
  );
}

function withoutLists({
  paths: _,
  destinations: _d,
  applications: _a,
  examination: _e,
  choices: _c,
  returnPaths: _r,
  ...rest
}: AgentReport) {
  return rest;
}

/** How items of one kind are told apart, and when one says what another does. */
interface Kind<T, Key> {
  readonly keyOf: (item: Key) => string;
  /** Without making a text of each: there are tens of thousands. */
  readonly isOne: (a: Key, b: Key) => boolean;
  readonly isSame: (a: T, b: T) => boolean;
}

const ofPaths: Kind<PathReport, Pick<PathReport, 'realServer'>> = {
  keyOf: ({ realServer }) => realServer,
  isOne: (a, b) => a.realServer === b.realServer,
  isSame: isSamePath,
};
const ofDestinations: Kind<DestinationReport, Pick<DestinationReport, 'service' | 'realServer'>> = {
  keyOf: ({ service, realServer }) => `${service} ${realServer}`,
  isOne: (a, b) => a.realServer === b.realServer && a.service === b.service,
  isSame: (a, b) =>
    a.weight === b.weight &&
    a.activeConnections === b.activeConnections &&
    a.connections === b.connections &&
    a.bytesIn === b.bytesIn &&
    a.countedSinceMs === b.countedSinceMs &&
    a.verdict === b.verdict,
};
const ofApplications: Kind<ApplicationReport, Pick<ApplicationReport, 'service'>> = {
  keyOf: ({ service }) => service,
  isOne: (a, b) => a.service === b.service,
  isSame: isSameValue,
};

const ofReturnPaths: Kind<ReturnPathReport, Pick<ReturnPathReport, 'realServer'>> = {
  keyOf: ({ realServer }) => realServer,
  isOne: (a, b) => a.realServer === b.realServer,
  isSame: isSameValue,
};

function changed<T extends Key, Key>(
  before: readonly T[],
  next: readonly T[],
  { keyOf, isOne, isSame }: Kind<T, Key>,
): { readonly changed: readonly T[]; readonly gone: readonly T[] } {
  const isAligned = (item: T, index: number): boolean => {
    const old = before[index];
    return old !== undefined && isOne(old, item);
  };
  if (before.length === next.length && next.every(isAligned)) {
    return { changed: next.filter((item, index) => !isSame(before[index] ?? item, item)), gone: [] };
  }
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
function merged<T extends Key, Key>(
  before: readonly T[],
  said: readonly T[],
  gone: readonly Key[],
  { keyOf, isOne }: Kind<T, Key>,
): readonly T[] {
  if (said.length === 0 && gone.length === 0) return before;
  if (gone.length === 0) {
    // In the order in which it was told before, as changes mostly are.
    let next = 0;
    const replaced = before.map((item) => {
      const news = said[next];
      if (news === undefined || !isOne(item, news)) return item;
      next += 1;
      return news;
    });
    if (next === said.length) return replaced;
  }
  const news = new Map(said.map((item) => [keyOf(item), item]));
  const left = new Set(gone.map(keyOf));
  const kept: T[] = [];
  for (const item of before) {
    const key = keyOf(item);
    const replaced = news.get(key);
    news.delete(key);
    if (replaced !== undefined) kept.push(replaced);
    else if (!left.has(key)) kept.push(item);
  }
  return [...kept, ...news.values()];
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
    a.mtuBytes === b.mtuBytes &&
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
