/**
 * What is wrong with a recorded history of a store: reads and writes against linearisability, watches against the six properties that
 * etcd's own robustness tests ask of a watch (ordered, unique, atomic, reliable, resumable, bookmarkable). Pure. It leans on revisions,
 * which put all transactions in one order: that this order is one that the clients could have seen is what is judged.
 */
import type {
  Commit,
  Condition,
  Entry,
  Listing,
  Selection,
  Transaction,
  WatchEvent,
} from '../../src/store/store.ts';

/** Places in the order in which things happened at the clients: `returned` undefined is never. */
interface Call {
  readonly invoked: number;
  readonly returned: number | undefined;
}

export interface WriteCall extends Call {
  readonly transaction: Transaction;
  /** Undefined: it failed, with the word that nothing was written. */
  readonly commit: Commit | undefined;
}

export interface ReadCall extends Call {
  readonly selection: Selection;
  readonly listing: Listing;
}

export interface WatchRecord {
  readonly prefix: string;
  /** Where it was resumed; undefined: it begins with a list. */
  readonly afterRevision: number | undefined;
  readonly events: readonly WatchEvent[];
  /** It was given up before the end. */
  readonly isGivenUp: boolean;
}

export interface History {
  /** What there was before. */
  readonly start: Listing;
  /** Every value is written once in all. */
  readonly writes: readonly WriteCall[];
  readonly reads: readonly ReadCall[];
  readonly watches: readonly WatchRecord[];
  /** When nothing was written any more, and every watch had caught up. */
  readonly end: Listing;
}

/** One transaction that was applied: its changes by key, undefined for a key that is gone. */
interface Applied {
  readonly revision: number;
  readonly changes: ReadonlyMap<string, string | undefined>;
}

/** Sentences, none where all is well. */
export function judge(history: History): string[] {
  const applied = appliedOf(history);
  const states = statesOf(history.start, applied);
  const around = ({ commit }: WriteCall): FolderChange[] =>
    commit?.outcome === 'conflict' ? folderChanges(history.writes, commit.revision) : [];
  return [
    ...judgeOrder(history),
    ...history.writes.flatMap((call) => judgeWrite(call, states, around(call))),
    ...history.reads.flatMap((call) =>
      judgeListing(`a read of ${nameOf(call.selection)}`, call.selection, call.listing, states),
    ),
    ...judgeListing('the end', { prefix: '' }, history.end, states),
    ...history.watches.flatMap((watch, index) =>
      judgeWatch(`watch ${index}`, watch, applied, states, history.end),
    ),
  ];
}

/**
 * What is known to be applied: what was said to be, and what nobody knew of but somebody saw. A deletion alone, of which nothing was
 * said, shows in watches only.
 */
function appliedOf({ start, writes, reads, watches, end }: History): Applied[] {
  const seen = new Map<string, number>();
  const gone = new Map<string, number[]>();
  const see = (entry: Entry): void => void seen.set(entry.value, entry.modRevision);
  for (const entry of [...end.entries, ...reads.flatMap(({ listing }) => listing.entries)]) see(entry);
  for (const event of watches.flatMap(({ events }) => events)) {
    if (event.kind === 'list') for (const entry of event.entries) see(entry);
    if (event.kind !== 'changes') continue;
    for (const change of event.changes) {
      if (change.kind === 'put') see(change.entry);
      else gone.set(change.key, [...(gone.get(change.key) ?? []), change.revision]);
    }
  }
  const known = new Set(writes.map(({ commit }) => (commit?.outcome === 'committed' ? commit.revision : 0)));
  const byRevision = new Map<number, Map<string, string | undefined>>();
  for (const { transaction, commit } of writes) {
    const put = transaction.writes.find((write) => write.kind === 'put');
    const revision =
      commit?.outcome === 'committed'
        ? commit.revision
        : commit?.outcome === 'unknown' && put?.kind === 'put'
          ? seen.get(put.value)
          : undefined;
    if (revision === undefined) continue;
    // Where nothing was there to delete a store may stay at the revision of another.
    if (put === undefined && known.has(revision) && isOfAnother(writes, revision)) continue;
    // Likewise at that of another deletion: both are of that revision, and one of them was nothing.
    const others = put === undefined ? (byRevision.get(revision) ?? []) : [];
    const changes = transaction.writes.map(
      (write) => [write.key, write.kind === 'put' ? write.value : undefined] as const,
    );
    byRevision.set(revision, new Map([...others, ...changes]));
    known.add(revision);
  }
  for (const { transaction, commit } of writes) {
    if (commit?.outcome !== 'unknown' || transaction.writes.some(({ kind }) => kind === 'put')) continue;
    for (const { key } of transaction.writes) {
      for (const revision of gone.get(key) ?? []) {
        if (!known.has(revision)) byRevision.set(revision, new Map([[key, undefined]]));
      }
    }
  }
  return [...byRevision]
    .filter(([revision]) => revision > start.revision)
    .map(([revision, changes]) => ({ revision, changes }))
    .toSorted((a, b) => a.revision - b.revision);
}

function isOfAnother(writes: readonly WriteCall[], revision: number): boolean {
  return writes.some(
    ({ commit, transaction }) =>
      commit?.outcome === 'committed' &&
      commit.revision === revision &&
      transaction.writes.some(({ kind }) => kind === 'put'),
  );
}

interface State {
  readonly revision: number;
  /** Key → its value and the revision that wrote it. */
  readonly entries: ReadonlyMap<string, { readonly value: string; readonly modRevision: number }>;
  /** What this state's transaction changed; deletions of what was absent are none. */
  readonly changed: ReadonlySet<string>;
}

function statesOf(start: Listing, applied: readonly Applied[]): State[] {
  let entries = new Map(start.entries.map(({ key, value, modRevision }) => [key, { value, modRevision }]));
  const states: State[] = [{ revision: start.revision, entries, changed: new Set() }];
  for (const { revision, changes } of applied) {
    const before = entries;
    entries = new Map(before);
    const changed = new Set<string>();
    for (const [key, value] of changes) {
      if (value !== undefined) entries.set(key, { value, modRevision: revision });
      else entries.delete(key);
      if (value !== undefined || before.has(key)) changed.add(key);
    }
    states.push({ revision, entries, changed });
  }
  return states;
}

function stateAt(states: readonly State[], revision: number): State | undefined {
  return states.findLast((state) => state.revision <= revision);
}

/** What returned before something else began comes before it. */
function judgeOrder({ writes, reads }: History): string[] {
  const points = [
    ...writes.flatMap(({ invoked, returned, commit, transaction }) =>
      commit === undefined || commit.outcome === 'unknown'
        ? []
        : [{ invoked, returned, revision: commit.revision, isWrite: isWrite(commit, transaction) }],
    ),
    ...reads.map(({ invoked, returned, listing }) => ({
      ...{ invoked, returned, revision: listing.revision, isWrite: false },
    })),
  ];
  const complaints = points.flatMap((later) =>
    points
      .filter(({ returned }) => returned !== undefined && returned < later.invoked)
      // Two writes have two revisions; what only looks may see the same.
      .filter(({ revision }) => revision > later.revision || (revision === later.revision && later.isWrite))
      .map(
        ({ revision }) =>
          `linearisable: at ${later.revision}, though revision ${revision} had been answered before it was asked`,
      ),
  );
  const twice = points
    .filter((one) => one.isWrite)
    .map(({ revision }) => revision)
    .filter((revision, index, all) => all.indexOf(revision) !== index)
    .map((revision) => `linearisable: two writes of revision ${revision}`);
  return [...new Set([...complaints, ...twice])];
}

/** A deletion alone may find nothing to delete, and then has no revision of its own. */
function isWrite({ outcome }: Commit, { writes }: Transaction): boolean {
  return outcome === 'committed' && writes.some(({ kind }) => kind === 'put');
}

/** What was written held its conditions just before; what was not, did not. */
function judgeWrite(
  { transaction, commit }: WriteCall,
  states: readonly State[],
  around: readonly FolderChange[],
): string[] {
  if (commit === undefined || commit.outcome === 'unknown') return [];
  const { outcome, revision } = commit;
  const isOwn = states.slice(1).some((one) => one.revision === revision) && outcome === 'committed';
  const at = stateAt(states, isOwn ? revision - 1 : revision);
  if (at === undefined) return [`linearisable: a write at ${revision}, before all began`];
  const failing = transaction.conditions.filter((condition) => !holdsAt(condition, at, states));
  if (outcome === 'committed')
    return failing.length === 0
      ? []
      : [`linearisable: committed at ${revision}, where its conditions did not hold`];
  const isDoubtful = transaction.conditions.some((condition) => mayFail(condition, revision, around));
  return failing.length > 0 || isDoubtful
    ? []
    : [`linearisable: conflict at ${revision}, where its conditions held`];
}

function holdsAt(condition: Condition, at: State, states: readonly State[]): boolean {
  if ('fence' in condition) return holdsAt({ ...condition.fence }, at, states);
  if ('key' in condition) return (at.entries.get(condition.key)?.modRevision ?? 0) === condition.modRevision;
  return !states.some(
    ({ revision, changed }) =>
      revision > condition.unchangedSince &&
      revision <= at.revision &&
      [...changed].some((key) => key.startsWith(condition.prefix)),
  );
}

interface FolderChange {
  readonly folder: string;
  readonly revision: number;
}

/** Of a change a store may remember no more than the folder, and that there was one, whether or not a deletion found anything. */
function mayFail(condition: Condition, at: number, changes: readonly FolderChange[]): boolean {
  if (!('prefix' in condition)) return false;
  return changes.some(
    ({ folder, revision }) =>
      revision > condition.unchangedSince && revision <= at && condition.prefix.startsWith(folder),
  );
}

/** Those of which it is not known when they were made may have been at any time. */
function folderChanges(writes: readonly WriteCall[], at: number): FolderChange[] {
  return writes.flatMap(({ transaction, commit }) =>
    commit === undefined || commit.outcome === 'conflict'
      ? []
      : transaction.writes.map(({ key }) => ({
          folder: key.slice(0, key.indexOf('/') + 1),
          revision: commit.outcome === 'committed' ? commit.revision : at,
        })),
  );
}

function judgeListing(
  what: string,
  selection: Selection,
  { entries, revision }: Listing,
  states: readonly State[],
): string[] {
  const state = stateAt(states, revision);
  if (state === undefined) return [`linearisable: ${what} is at ${revision}, before all began`];
  const isSelected = (key: string): boolean =>
    'prefix' in selection ? key.startsWith(selection.prefix) : selection.keys.includes(key);
  const expected = [...state.entries]
    .filter(([key]) => isSelected(key))
    .map(([key, { value }]) => `${key}=${value}`);
  const found = entries.map(({ key, value }) => `${key}=${value}`);
  const difference = [
    ...expected.filter((one) => !found.includes(one)).map((one) => `lacks ${one}`),
    ...found.filter((one) => !expected.includes(one)).map((one) => `has ${one}`),
  ];
  return difference.length === 0
    ? []
    : [`linearisable: ${what} at ${revision} ${difference.slice(0, 3).join(', ')}`];
}

function judgeWatch(
  name: string,
  { prefix, afterRevision, events, isGivenUp }: WatchRecord,
  applied: readonly Applied[],
  states: readonly State[],
  end: Listing,
): string[] {
  const own = states.filter(({ changed }) => [...changed].some((key) => key.startsWith(prefix)));
  const told = new Set<string>();
  const complaints: string[] = [];
  let position = afterRevision;
  const complain = (property: string, text: string): void =>
    void complaints.push(`${property}: ${name} ${text}`);
  const missed = (upTo: number): number | undefined =>
    own.find(({ revision }) => revision > (position ?? 0) && revision <= upTo)?.revision;

  for (const event of events) {
    if (event.kind === 'stale') continue;
    const { revision } = event;
    if (event.kind === 'list') {
      if (revision < (position ?? 0)) complain('ordered', `lists ${revision} after ${position}`);
      complaints.push(...judgeListing(`the list of ${name}`, { prefix }, event, states));
      position = revision;
      continue;
    }
    if (position === undefined)
      complain('resumable', `begins with changes of ${revision} in place of a list`);
    if (event.changes.length === 0) {
      const lost = missed(revision);
      if (lost !== undefined)
        complain('bookmarkable', `says that it has reached ${revision}, without ${lost}`);
      if (revision < (position ?? 0))
        complain('ordered', `says that it has reached ${revision} after ${position}`);
      position = Math.max(position ?? 0, revision);
      continue;
    }
    if (revision < (position ?? 0)) complain('ordered', `tells ${revision} after ${position}`);
    if (revision === position && own.some((state) => state.revision === revision))
      complain('atomic', `tells ${revision} in two parts, or after it has been reached`);
    const lost = missed(revision - 1);
    if (lost !== undefined) {
      const isFirst = position === afterRevision;
      complain(isFirst ? 'resumable' : 'reliable', `tells ${revision} without ${lost}`);
    }
    for (const change of event.changes) {
      const [key, at] =
        change.kind === 'put' ? [change.entry.key, change.entry.modRevision] : [change.key, change.revision];
      if (told.has(`${key}@${at}`)) complain('unique', `tells ${key} of ${at} twice`);
      told.add(`${key}@${at}`);
    }
    const expected = valuesAt(applied, states, revision, prefix);
    const found = event.changes.map((change) =>
      change.kind === 'put' ? `${change.entry.key}=${change.entry.value}` : `${change.key} gone`,
    );
    if (expected.toSorted().join() !== found.toSorted().join())
      complain(
        'atomic',
        `tells of ${revision} ${found.join(' ') || 'nothing'} in place of ${expected.join(' ') || 'nothing'}`,
      );
    position = revision;
  }
  const lost = isGivenUp ? undefined : missed(end.revision);
  if (lost !== undefined) complain('reliable', `never tells ${lost}`);
  return complaints;
}

function valuesAt(
  applied: readonly Applied[],
  states: readonly State[],
  revision: number,
  prefix: string,
): string[] {
  const changes =
    applied.find((one) => one.revision === revision)?.changes ?? new Map<string, string | undefined>();
  const changed = states.find((one) => one.revision === revision)?.changed ?? new Set<string>();
  return [...changes]
    .filter(([key]) => key.startsWith(prefix) && changed.has(key))
    .map(([key, value]) => (value === undefined ? `${key} gone` : `${key}=${value}`));
}

function nameOf(selection: Selection): string {
  return 'prefix' in selection ? `${selection.prefix}…` : selection.keys.join();
}
