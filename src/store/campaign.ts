/** How one of many is chosen: each stands as a candidate for as long as its lease lives, and the one that came first has it. */
import type { Clock } from '../domain/clock.ts';
import { CausewayError } from '../domain/error.ts';
import { commitUntilKnown, type Persistence } from './commit-until-known.ts';
import { candidateKey, candidatesPrefix, epochKey } from './keys.ts';
import type { Entry, Fence, Lease, Store } from './store.ts';

export interface Campaign {
  /** What is campaigned for: `leader`, `site/fra`. */
  readonly name: string;
  readonly lease: Lease;
  /** What others read of the candidate, who wins in the order of arrival: where it can be reached, say. */
  readonly told: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Gives up; what was won already stays won. */
  readonly signal?: AbortSignal;
}

/** Attempts to write the epoch; only one candidate at a time writes it. */
const attemptLimit = 10;

/**
 * Resolves when it is won. What was won is held until the lease is over, or until `resign`. Errors: `unavailable` where the lease was
 * lost or the campaign given up before; those of the store.
 */
export async function campaign(store: Store, options: Campaign): Promise<Fence> {
  const { name, lease, clock, random, signal } = options;
  const given = signal === undefined ? lease.lost : AbortSignal.any([lease.lost, signal]);
  const key = candidateKey(name, lease.id);
  try {
    await stand(store, key, options);
    const { modRevision } = await turn(store, name, key, given);
    return { name, key, modRevision, epoch: await nextEpoch(store, { name, key, modRevision }, options) };
  } catch (error) {
    await withdraw(store, key, { clock, random, signal: lease.lost });
    if (given.aborted) throw givenUp(name, store.location, lease.lost.aborted);
    throw error;
  }
}

/** Another may have it. `signal` of `until`: the lease is over, and with it what was held. Errors: those of the store but `unavailable`. */
export async function resign(store: Store, fence: Fence, until: Persistence): Promise<void> {
  const withdrawal = { conditions: [{ fence }], writes: [{ kind: 'delete', key: fence.key }] } as const;
  await commitUntilKnown(store, withdrawal, until);
}

async function stand(store: Store, key: string, { lease, told, name }: Campaign): Promise<void> {
  const commit = await store.commit({
    conditions: [{ key, modRevision: 0 }],
    writes: [{ kind: 'put', key, value: told, lease: lease.id }],
  });
  // Where it is not known the candidates tell: it is among them, or somebody else's turn never ends.
  if (commit.outcome === 'conflict' && lease.lost.aborted) throw givenUp(name, store.location, true);
}

/** The own entry, once none came before it. */
async function turn(store: Store, name: string, key: string, signal: AbortSignal): Promise<Entry> {
  const candidates = new Map<string, Entry>();
  let isListed = false;
  for await (const event of store.watch(candidatesPrefix(name), { signal })) {
    if (event.kind === 'stale') continue;
    if (event.kind === 'list') {
      isListed = true;
      candidates.clear();
      for (const entry of event.entries) candidates.set(entry.key, entry);
    } else {
      for (const change of event.changes) {
        if (change.kind === 'put') candidates.set(change.entry.key, change.entry);
        else candidates.delete(change.key);
      }
    }
    const [first] = [...candidates.values()].sort((a, b) => a.createRevision - b.createRevision);
    const own = candidates.get(key);
    if (own !== undefined && own === first) return own;
    if (isListed && own === undefined) throw givenUp(name, store.location, true);
  }
  throw givenUp(name, store.location, false);
}

/**
 * One more than the last, and no less than the seconds of the clock: so it goes on growing where the store begins anew, or is put back to
 * what it was.
 */
async function nextEpoch(
  store: Store,
  { name, key, modRevision }: Omit<Fence, 'epoch'>,
  { clock }: Campaign,
): Promise<number> {
  const counter = epochKey(name);
  for (let attempt = 0; attempt < attemptLimit; attempt++) {
    const { entries } = await store.read({ keys: [counter] });
    const last = Number(entries[0]?.value ?? 0);
    const floor = Math.floor(clock.nowMs() / 1_000);
    const epoch = Math.max(Number.isSafeInteger(last) ? last + 1 : 0, floor);
    const { outcome } = await store.commit({
      conditions: [
        { key, modRevision },
        { key: counter, modRevision: entries[0]?.modRevision ?? 0 },
      ],
      writes: [{ kind: 'put', key: counter, value: String(epoch) }],
    });
    if (outcome === 'committed') return epoch;
    // Not known: one epoch is passed over, no harm.
  }
  throw givenUp(name, store.location, true);
}

/** Who stood first and is not there would stand in everybody's way for as long as its lease lives. */
async function withdraw(store: Store, key: string, until: Persistence): Promise<void> {
  try {
    await commitUntilKnown(store, { conditions: [], writes: [{ kind: 'delete', key }] }, until);
  } catch {
    // Its error is on its way to the caller.
  }
}

function givenUp(name: string, location: string, isLost: boolean): CausewayError {
  return new CausewayError({
    code: 'unavailable',
    operation: `campaign for ${name}`,
    subject: location,
    message: isLost ? 'the lease was lost' : 'it was given up',
  });
}
