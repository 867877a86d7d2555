/** What the store holds, as this coordinator knows it: followed by one watch, read without waiting. */
import type { Asked } from '../../domain/asked.ts';
import type { Clock } from '../../domain/clock.ts';
import type { LiveCoordinator } from '../../domain/coordinator.ts';
import type { Denial } from '../../domain/denial.ts';
import { CausewayError, messageOf } from '../../domain/error.ts';
import type { KeptEstimates } from '../../domain/estimates.ts';
import type { ServiceFlows } from '../../domain/flows.ts';
import type { Handover } from '../../domain/handover.ts';
import type { KeptMemory, SiteWeights } from '../../domain/leader-memory.ts';
import type { Member } from '../../domain/member.ts';
import type { ProbeSecrets } from '../../domain/probe.ts';
import type { LatencyEntry } from '../../domain/report.ts';
import type { Resource, ResourceId } from '../../domain/resource.ts';
import type { ReturnPathRecord } from '../../domain/return-path.ts';
import type { AgentRole } from '../../domain/role.ts';
import { breathing } from '../../runtime/breathing.ts';
import { askedKey, memberKey, resourceKey } from '../../store/keys.ts';
import type { AskedRecord, RevisionPartRecord, RevisionRecord, StoreRecord } from '../../store/record.ts';
import type { Store, WatchEvent } from '../../store/store.ts';
import { newestChange, wentBack } from '../../store/went-back.ts';
import { entriesIn } from './read-entry.ts';
import { createRecords, type Known, type SetAside } from './records.ts';

/** What was asked for, and at which revision of the store. */
export type AskedAt = AskedRecord & Asked;

/** What changed; for a deleted record the one that was there. */
export type ViewChange = StoreRecord;

export interface StoreView {
  /** The store's revision that this view shows. */
  readonly revision: number;
  /** Of the host that this coordinator stands on. */
  readonly ownAddresses?: readonly string[];
  resources(): readonly Resource[];
  resource(id: ResourceId): Known<Resource> | undefined;
  members(): readonly Member[];
  /** Those registered with this address, as it is spelt. */
  membersAt(address: string): readonly Member[];
  member(role: AgentRole, name: string): Known<Member> | undefined;
  /** For a new real server of this name; undefined: all are taken. */
  probeSlotFor(owner: string): number | undefined;
  latency(): readonly LatencyEntry[];
  /** One a real server of which anything is known. */
  returnPaths(): readonly ReturnPathRecord[];
  /** Those that live, this one among them; the same list for as long as nothing of it changes. */
  coordinators(): readonly LiveCoordinator[];
  /** One a service. */
  flows(): readonly ServiceFlows[];
  /** What the leader planned last, one a service and site; none where there is only one coordinator. */
  weights(): readonly SiteWeights[];
  leaderMemory(): KeptMemory | undefined;
  /** What the leader has learnt, in parts. */
  estimates(): readonly KeptEstimates[];
  deletedServices(): readonly string[];
  probeKeyHex(): string | undefined;
  probeSecrets(): ProbeSecrets | undefined;
  handovers(): readonly Handover[];
  /** Certificates that are believed no more; the same list for as long as nothing of it changes. */
  denials(): readonly Denial[];
  /** What operators asked for, each with the revision at which they did. */
  asked(): readonly AskedAt[];
  /** What was changed by operators, and what each revision touched; in no order. */
  revisions(): readonly RevisionRecord[];
  revisionParts(): readonly RevisionPartRecord[];
  /** 0 where the key is unknown: what a transaction states to create it. */
  modRevision(key: string): number;
  /** Records that could not be read, by key. */
  setAside(): readonly SetAside[];
  /** Resolves when the view shows this revision or a later one. Error `deadline` where it does not in time. */
  reached(revision: number): Promise<void>;
  onChange(listener: (changes: readonly ViewChange[]) => void): void;
  /** Why nothing of the store is taken, and nothing must be written to it: it went back. Undefined: it did not. */
  behind(): string | undefined;
  /** Undefined when all is well, else why the view can't be trusted to be fresh. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

export interface StoreViewOptions {
  /** A record that can't be read is as if it were not there, or as it was last; told once for each that is written. */
  onSetAside(record: SetAside): void;
  /** The view is not followed any more. */
  onTrouble(error: unknown): void;
  /** Why what it shows may be old; undefined: it is up to date again. Told when it changes. */
  onStale?(reason: string | undefined): void;
  readonly clock: Clock;
  /** This coordinator, where no other is; absent: it tells of itself in the store. */
  readonly alone?: LiveCoordinator | undefined;
  readonly ownAddresses?: readonly string[];
}

/** Nobody waits longer for what was written to be seen. */
const reachedWithinMs = 10_000;

interface Waiting {
  readonly revision: number;
  settle(error?: CausewayError): void;
}

/** Reads everything, then follows. Error `unavailable`. */
export async function openStoreView(
  store: Store,
  { onSetAside, onTrouble, onStale, alone, ownAddresses, clock }: StoreViewOptions,
): Promise<StoreView> {
  const records = createRecords(store.location, onSetAside);
  const single = alone && [alone];
  const listeners: ((changes: readonly ViewChange[]) => void)[] = [];
  let waiting: Waiting[] = [];
  let revision = 0;
  /** The newest of the history that was ever seen. */
  let change = 0;
  let trouble: string | undefined;
  let behind: string | undefined;
  const abort = new AbortController();

  function take(event: WatchEvent): void {
    if (event.kind === 'stale') {
      const reason = `${store.location}: ${event.reason}`;
      if (trouble !== reason) onStale?.(reason);
      trouble = reason;
      return;
    }
    if (isBehind(event)) return;
    if (trouble !== undefined) onStale?.(undefined);
    trouble = undefined;
    const changes = event.kind === 'list' ? records.replace(event.entries) : records.apply(event);
    revision = Math.max(revision, event.revision);
    change = Math.max(change, newestChange(entriesIn(event).map(({ key }) => key)));
    if (changes.length > 0) for (const listener of listeners) listener(changes);
    for (const one of waiting.filter((each) => each.revision <= revision)) one.settle();
  }

  /**
   * A store that was emptied, or put back to an older copy, while this coordinator lives: what it lost is not lost here, and nothing of
   * what it says is told to anybody, until it is again as far as it was. One that begins anew is held back by its mark.
   */
  function isBehind(event: Exclude<WatchEvent, { kind: 'stale' }>): boolean {
    if (event.kind === 'list') {
      const now = { revision: event.revision, change: newestChange(event.entries.map(({ key }) => key)) };
      const back = wentBack(now, { revision, change });
      behind =
        back &&
        `${store.location} ${back}: it was emptied, or an old copy was put in its place. Nothing of it is taken, and agents go on with what they have; put the right one back, or, if this is meant, start this coordinator anew`;
      if (behind !== undefined && trouble !== behind) onStale?.(behind);
    }
    if (behind === undefined) return false;
    trouble = behind;
    return true;
  }

  function failed(error: unknown): void {
    trouble = messageOf(error);
    onTrouble(error);
  }

  const events = store.watch('', { signal: abort.signal })[Symbol.asyncIterator]();
  // A view that knows nothing yet would have agents told that there is nothing.
  for (let isListed = false; !isListed; ) {
    const { done, value } = await events.next();
    if (done === true) throw closed(store.location);
    take(value);
    isListed = value.kind === 'list';
  }

  async function follow(): Promise<void> {
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      await breathing(records.readAhead(next.value), { operation: 'follow store' });
      take(next.value);
    }
    if (!abort.signal.aborted) trouble = `the watch of ${store.location} ended`;
  }
  const following = follow().catch(failed);

  return {
    get revision() {
      return revision;
    },
    resources: () => records.values('resource'),
    resource: (id) => records.known('resource', resourceKey(id)),
    members: () => records.values('member'),
    membersAt: records.membersAt,
    member: (role, name) => records.known('member', memberKey(role, name)),
    probeSlotFor: records.probeSlotFor,
    latency: () => records.values('latency'),
    returnPaths: () => records.values('return-path'),
    coordinators: () => single ?? records.values('coordinator'),
    flows: () => records.values('flows'),
    weights: () => records.values('weights'),
    leaderMemory: () => records.values('leader-memory')[0],
    estimates: () => records.values('estimates'),
    deletedServices: () => records.values('deleted-service').map(({ name }) => name),
    probeKeyHex: () => records.values('probe-key')[0]?.keyHex,
    probeSecrets: () => records.values('probe-secrets')[0],
    handovers: () => records.values('handover'),
    denials: () => records.values('denial'),
    asked: () =>
      records.values('asked').map((one) => ({ ...one, revision: records.modRevision(askedKey(one)) })),
    revisions: () => records.values('revision'),
    revisionParts: () => records.values('revision-part'),
    modRevision: (key) => records.modRevision(key),
    setAside: records.setAside,
    ...(ownAddresses === undefined ? {} : { ownAddresses }),
    reached(wanted) {
      if (wanted <= revision) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const timer = clock.after(reachedWithinMs, () => one.settle(unseen(store.location, wanted, trouble)));
        const one: Waiting = {
          revision: wanted,
          settle(error) {
            timer.cancel();
            waiting = waiting.filter((other) => other !== one);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        waiting.push(one);
      });
    },
    onChange: (listener) => void listeners.push(listener),
    trouble: () => trouble,
    behind: () => behind,
    async close() {
      abort.abort();
      for (const one of waiting) one.settle(closed(store.location));
      await following;
    },
  };
}

function closed(location: string): CausewayError {
  return new CausewayError({
    code: 'unavailable',
    operation: 'read store',
    subject: location,
    message: 'it closed',
  });
}

function unseen(location: string, revision: number, trouble: string | undefined): CausewayError {
  return new CausewayError({
    code: 'deadline',
    operation: 'read store',
    subject: location,
    message: `revision ${revision} is written, and not seen here in ${reachedWithinMs / 1_000} s${trouble === undefined ? '' : ` (${trouble})`}: look before it is tried again`,
  });
}
