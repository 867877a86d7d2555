/** Which offices this coordinator holds (leader, owner of a site), who holds the others, and who else there is. */
import { backoffMs } from '../../domain/backoff.ts';
import type { Clock } from '../../domain/clock.ts';
import type { LiveCoordinator } from '../../domain/coordinator.ts';
import { CausewayError } from '../../domain/error.ts';
import { compareText } from '../../plan/order.ts';
import { pause } from '../../runtime/pause.ts';
import { campaign, resign } from '../../store/campaign.ts';
import { commitUntilKnown } from '../../store/commit-until-known.ts';
import { campaignOf, coordinatorKey, coordinatorPrefix } from '../../store/keys.ts';
import { keptRecords } from '../../store/record-kept.ts';
import { type Entry, type Fence, type Lease, livePrefix, type Store } from '../../store/store.ts';

export interface OfficesOptions {
  readonly store: Store;
  readonly own: LiveCoordinator;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly ttlMs?: number;
  /** Names of the offices to stand for, as things are; asked whenever something has changed. */
  wanted(): readonly string[];
  /** Offices are held or lost, or others have come or gone. */
  onChange(): void;
  onError(error: unknown): void;
}

export interface Offices {
  /** Undefined where it is not held. */
  held(office: string): Fence | undefined;
  /**
   * What was held until the store could not be reached, for as long as nobody else is known to have it: whoever it was goes on with what
   * it knows, and yields to whoever has a later one.
   */
  former(office: string): Fence | undefined;
  /** Who stands first, whether it knows by now or not; undefined: nobody does. */
  holder(office: string): LiveCoordinator | undefined;
  /** Without this one. By name. */
  others(): readonly LiveCoordinator[];
  /** What `wanted` says may have changed. */
  reconsider(): void;
  /** Gives everything back, so that others need not wait. */
  close(): Promise<void>;
}

interface Standing {
  readonly by: Lease;
  readonly abort: AbortController;
  fence: Fence | undefined;
}

const defaultTtlMs = 10_000;
const backoff = { initialMs: 250, maxMs: 10_000 };
/** Whoever keeps its lease for less than so many times its length can't be relied on. */
const reliableTtls = 6;
/** Once is an accident. Longer than the first a lease takes to be lost: else offices go to and fro all the time. */
const unreliableBackoff = { initialMs: 2_000, maxMs: 60_000 };

export function createOffices(options: OfficesOptions): Offices {
  const { store, own, clock, random, ttlMs = defaultTtlMs } = options;
  const told = JSON.stringify(own);
  const closing = new AbortController();
  const live = new Map<string, Entry>();
  let standings: ReadonlyMap<string, Standing> = new Map();
  let lease: Lease | undefined;
  const formerly = new Map<string, Fence>();
  /** What is being given back: until that is known to be done nobody stands for it anew. */
  const givings = new Map<string, Promise<void>>();
  /** Nobody else lives any more: whoever stands back need not. */
  let alone = new AbortController();

  /** For as long as it runs: a lease, and another where that was lost. */
  async function hold(): Promise<void> {
    let failures = 0;
    /** Leases in a row that were soon lost. */
    let shortLeases = 0;
    while (!closing.signal.aborted) {
      let taken: Lease | undefined;
      const beganMs = clock.monotonicMs();
      try {
        taken = await store.lease(ttlMs);
        await announce(taken);
        lease = taken;
        failures = 0;
        reconsider();
        await aborted(AbortSignal.any([taken.lost, closing.signal]));
        shortLeases = clock.monotonicMs() - beganMs < reliableTtls * ttlMs ? shortLeases + 1 : 0;
      } catch (error) {
        failures += 1;
        if (!closing.signal.aborted) options.onError(error);
      }
      lease = undefined;
      const before = standings;
      for (const [office, { fence }] of before) if (fence !== undefined) formerly.set(office, fence);
      standings = new Map();
      // Of another lease there are other candidates.
      givings.clear();
      for (const { abort } of before.values()) abort.abort();
      await taken?.end();
      if (before.size > 0) options.onChange();
      if (failures > 0) await pause(clock, backoffMs(failures, backoff, random), closing.signal);
      else if (shortLeases > 1 && others().length > 0 && !closing.signal.aborted)
        await standBack(shortLeases);
    }
  }

  /** A host that is too slow for its lease gets, with its offices, more to do: others do it better meanwhile. */
  async function standBack(shortLeases: number): Promise<void> {
    const waitMs = backoffMs(shortLeases - 1, unreliableBackoff, random);
    options.onError(
      new CausewayError({
        code: 'unavailable',
        operation: 'hold offices',
        subject: own.name,
        message: `its lease was lost ${shortLeases} times in a row soon after it was taken: this host, or the way to the store, is too slow; others stand first for ${Math.round(waitMs / 1_000)} s`,
      }),
    );
    alone = new AbortController();
    await pause(clock, waitMs, AbortSignal.any([alone.signal, closing.signal]));
  }

  function others(): readonly LiveCoordinator[] {
    return [...live.values()]
      .filter(({ key }) => key.startsWith(coordinatorPrefix))
      .flatMap(({ value }) => liveCoordinator(value) ?? [])
      .filter(({ name }) => name !== own.name)
      .toSorted((a, b) => compareText(a.name, b.name));
  }

  /** One that is not known to live gets no site of its own back: whoever has it keeps it. */
  async function announce({ id, lost }: Lease): Promise<void> {
    const key = coordinatorKey(own.name);
    const outcome = await commitUntilKnown(
      store,
      { conditions: [], writes: [{ kind: 'put', key, value: told, lease: id }] },
      { clock, random, signal: AbortSignal.any([lost, closing.signal]) },
    );
    if (outcome === 'committed') return;
    throw new CausewayError({
      code: 'unavailable',
      operation: 'hold offices',
      subject: own.name,
      message: 'its lease was lost before others could be told that it lives',
    });
  }

  async function follow(): Promise<void> {
    for await (const event of store.watch(livePrefix, { signal: closing.signal })) {
      if (event.kind === 'stale') continue;
      if (event.kind === 'list') {
        live.clear();
        for (const entry of event.entries) live.set(entry.key, entry);
      } else {
        if (event.changes.length === 0) continue;
        for (const change of event.changes) {
          if (change.kind === 'put') live.set(change.entry.key, change.entry);
          else live.delete(change.key);
        }
      }
      options.onChange();
      reconsider();
      if (others().length === 0) alone.abort();
    }
  }

  function reconsider(): void {
    if (lease === undefined || lease.lost.aborted || closing.signal.aborted) return;
    const wanted = new Set(options.wanted());
    const next = new Map<string, Standing>();
    for (const [office, standing] of standings) {
      if (wanted.has(office)) next.set(office, standing);
      else leave(office, standing);
    }
    for (const office of wanted) if (!next.has(office)) next.set(office, stand(office, lease));
    standings = next;
  }

  function stand(office: string, by: Lease): Standing {
    const abort = new AbortController();
    const standing: Standing = { by, abort, fence: undefined };
    const given = givings.get(office) ?? Promise.resolve();
    const campaigned = given.then(() =>
      campaign(store, { name: office, lease: by, told, clock, random, signal: abort.signal }),
    );
    // Whatever comes of it: one that was given up has withdrawn by then.
    giving(office, campaigned);
    campaigned.then(
      (fence) => {
        standing.fence = fence;
        if (standings.get(office) === standing) {
          formerly.delete(office);
          options.onChange();
        } else if (!by.lost.aborted) give(office, fence, by);
      },
      (error) => {
        if (standings.get(office) !== standing) return;
        options.onError(error);
        retryLater(office, standing);
      },
    );
    return standing;
  }

  /** A campaign that failed while its lease lives is begun again, not at once. */
  function retryLater(office: string, failed: Standing): void {
    pause(clock, backoffMs(2, backoff, random), closing.signal).then(() => {
      if (standings.get(office) !== failed) return;
      standings = new Map([...standings].filter(([name]) => name !== office));
      reconsider();
    });
  }

  function leave(office: string, { by, abort, fence }: Standing): void {
    formerly.delete(office);
    abort.abort();
    if (fence !== undefined) {
      give(office, fence, by);
      options.onChange();
    }
  }

  function give(office: string, fence: Fence, { lost }: Lease): void {
    const given = resign(store, fence, { clock, random, signal: AbortSignal.any([lost, closing.signal]) });
    giving(office, given);
    given.catch((error) => {
      // It ends with the lease at the latest.
      if (!closing.signal.aborted) options.onError(error);
    });
  }

  function giving(office: string, ending: Promise<unknown>): void {
    const settled = ending.then(
      () => {},
      () => {},
    );
    givings.set(office, settled);
    settled.then(() => {
      if (givings.get(office) === settled) givings.delete(office);
    });
  }

  function holder(office: string): LiveCoordinator | undefined {
    const candidates = [...live.values()].filter(({ key }) => campaignOf(key) === office);
    const [first] = candidates.toSorted((a, b) => a.createRevision - b.createRevision);
    return first && liveCoordinator(first.value);
  }

  function held(office: string): Fence | undefined {
    // By its own clock the lease may be over before anybody has been told.
    return lease === undefined || lease.lost.aborted ? undefined : standings.get(office)?.fence;
  }

  const holding = hold();
  const following = follow().catch(options.onError);

  return {
    held,
    former(office) {
      if (held(office) !== undefined) return undefined;
      const isAnothers = (holder(office)?.name ?? own.name) !== own.name;
      return isAnothers ? undefined : formerly.get(office);
    },
    holder,
    others,
    reconsider,
    async close() {
      closing.abort();
      await Promise.all([holding, following]);
    },
  };
}

/** Undefined for what another version may say in another way. */
function liveCoordinator(text: string): LiveCoordinator | undefined {
  try {
    return keptRecords.coordinator.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
