/** One coordinator among many: what it owns and leads, where the others are, and what they have heard. */
import { observePeer } from '../api/peers-client.ts';
import type { TlsMaterial } from '../api/tls-files.ts';
import { backoffMs } from '../domain/backoff.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import type { LiveCoordinator } from '../domain/coordinator.ts';
import { Elsewhere } from '../domain/elsewhere.ts';
import { messageOf } from '../domain/error.ts';
import { sitesToStandFor } from '../plan/ownership.ts';
import type { Logger } from '../runtime/log.ts';
import { pause } from '../runtime/pause.ts';
import type { Fence, Store } from '../store/store.ts';
import type { Fleet } from './view/fleet.ts';
import { createOffices } from './view/offices.ts';
import type { StoreView } from './view/store-view.ts';

export interface ClusterOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly fleet: Fleet;
  readonly own: LiveCoordinator;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly ttlMs?: number | undefined;
  /** Who this one is to the other at that address; undefined: plaintext. A throw is one that does not answer. */
  readonly tls: (address: string) => TlsMaterial | undefined;
  /** It leads from now on, with that fence; undefined: no more. */
  onLead(fence: Fence | undefined): void;
  /** Sites are owned, or no more. `isLook`: agents that are served by whoever had them are to look whether another has them by now. */
  onOwned(isLook: boolean): void;
  onError(error: unknown): void;
}

export interface Cluster {
  /**
   * Undefined where the site is another's. While the store can't be reached: the one that it had, which lets it write nothing, and whose
   * epoch tells agents whether another has come after it.
   */
  fenceOf(site: string): Fence | undefined;
  /** Whether it owns the site now, and need not send anybody to look for who does. */
  owns(site: string): boolean;
  /** Throws `Elsewhere` where it is another that serves the site. */
  refuseStranger(agent: string, site: string): void;
  /** Where an agent of that site is to go, as far as it is known. */
  elsewhere(agent: string, site: string): Elsewhere;
  /** `host:port` of all that there are, this one first. */
  addresses(): readonly string[];
  /** Undefined where nobody leads, or this one does. */
  otherLeader(): LiveCoordinator | undefined;
  /** Asks all others what they know, where they do not tell it by themselves. Sentences on those that do not answer. */
  ask(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const leaderOffice = 'leader';
const siteOffice = (site: string): string => `site/${site}`;

/** Others say something at least once a tick. */
const silenceMs = 15_000;
const answerWithinMs = 2_000;
/** Whoever is asked twice in a row need not ask twice. */
const askedForMs = 1_000;
const backoff = { initialMs: 200, maxMs: 5_000 };
const lookBackoff = { initialMs: 10_000, maxMs: 120_000 };
/** Until somebody owns the site. */
const soonMs = 500;

export function createCluster(options: ClusterOptions): Cluster {
  const { view, fleet, own, clock, random, log } = options;
  const closing = new AbortController();
  /** By name: those that are listened to. */
  const followed = new Map<string, { readonly address: string; readonly abort: AbortController }>();
  let leads: Fence | undefined;
  /** By site that it owns. */
  let owned: ReadonlyMap<string, Fence> = new Map();
  let looking: Timer | undefined;
  let looks = 0;

  /** Declared, or of members; the own one in any case. */
  function sites(): string[] {
    const declared = view.resources().flatMap(({ kind, name }) => (kind === 'Site' ? [name] : []));
    return [...new Set([own.site, ...declared, ...view.members().map(({ site }) => site)])];
  }

  const offices = createOffices({
    store: options.store,
    own,
    clock,
    random,
    ...(options.ttlMs === undefined ? {} : { ttlMs: options.ttlMs }),
    wanted: () => [
      leaderOffice,
      ...sitesToStandFor(
        own,
        sites(),
        [own, ...offices.others()],
        view.latency(),
        (site) => offices.holder(siteOffice(site))?.name,
      ).map(siteOffice),
    ],
    onChange: changed,
    onError: options.onError,
  });
  view.onChange((records) => {
    const isConcerned = records.some(({ kind }) => ['resource', 'member', 'latency'].includes(kind));
    if (isConcerned) offices.reconsider();
  });

  function changed(): void {
    if (closing.signal.aborted) return;
    const fence = offices.held(leaderOffice);
    if (fence?.modRevision !== leads?.modRevision) {
      leads = fence;
      log.info(
        { coordinator: own.name, epoch: fence?.epoch },
        fence === undefined ? 'leads no more' : 'leads',
      );
      options.onLead(fence);
    }
    tellOwned();
    options.onOwned(false);
    lookAgain();
    listen();
  }

  function tellOwned(): void {
    const now = new Map(
      [...new Set([...owned.keys(), ...sites()])].flatMap((site) => {
        const fence = offices.held(siteOffice(site));
        return fence === undefined ? [] : [[site, fence] as const];
      }),
    );
    const before = owned;
    owned = now;
    for (const site of before.keys())
      if (!now.has(site)) log.info({ coordinator: own.name, site }, 'owns site no more');
    for (const [site, { epoch, modRevision }] of now)
      if (before.get(site)?.modRevision !== modRevision)
        log.info({ coordinator: own.name, site, epoch }, 'owns site');
  }

  /**
   * While the store can't be reached, agents are served by whoever had them, and look now and then whether another has them by now: the
   * store may be there for others.
   */
  function lookAgain(): void {
    if (looking !== undefined || !sites().some((site) => offices.former(siteOffice(site)) !== undefined))
      return;
    looks += 1;
    looking = clock.after(backoffMs(looks, lookBackoff, random), () => {
      looking = undefined;
      if (closing.signal.aborted) return;
      const isOver = sites().every((site) => offices.former(siteOffice(site)) === undefined);
      if (isOver) looks = 0;
      else options.onOwned(true);
      lookAgain();
    });
  }

  /** The leader listens to all; others ask when they are asked. */
  function listen(): void {
    const wanted = new Map(
      leads === undefined ? [] : offices.others().map(({ name, address }) => [name, address]),
    );
    for (const [name, { address, abort }] of followed) {
      if (wanted.get(name) === address) continue;
      abort.abort();
      followed.delete(name);
    }
    for (const [name, address] of wanted) {
      if (followed.has(name)) continue;
      const abort = new AbortController();
      followed.set(name, { address, abort });
      follow(name, address, AbortSignal.any([abort.signal, closing.signal])).catch(options.onError);
    }
  }

  async function follow(name: string, address: string, signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let isHeard = false;
      try {
        await observe(address, false, silenceMs, signal, () => {
          isHeard = true;
        });
      } catch (error) {
        if (signal.aborted) return;
        if (isHeard || failures === 0) log.warn({ coordinator: name, address, err: error }, 'not heard');
      }
      failures = isHeard ? 1 : failures + 1;
      await pause(clock, backoffMs(failures, backoff, random), signal);
    }
  }

  async function observe(
    address: string,
    once: boolean,
    silence: number,
    signal: AbortSignal,
    onHeard: () => void,
  ): Promise<void> {
    return observePeer({
      address,
      tls: options.tls(address),
      coordinator: own.name,
      once,
      silenceMs: silence,
      clock,
      signal,
      onDigest(digest) {
        onHeard();
        fleet.take(digest);
      },
    });
  }

  function fenceOf(site: string): Fence | undefined {
    return ownedBy(site) ?? offices.former(siteOffice(site));
  }

  function ownedBy(site: string): Fence | undefined {
    const fence = offices.held(siteOffice(site));
    if (fence !== undefined) return fence;
    // One that nobody has declared and nobody is of: the leader's, until the first of it is registered.
    return sites().includes(site) ? undefined : offices.held(leaderOffice);
  }

  function elsewhere(agent: string, site: string): Elsewhere {
    const office = sites().includes(site) ? siteOffice(site) : leaderOffice;
    const owner = offices.holder(office);
    const isOther = owner !== undefined && owner.name !== own.name;
    const message = isOther
      ? `its site ${site} is served by ${owner.name} at ${owner.address}`
      : `nobody is known to serve its site ${site}`;
    return new Elsewhere('serve agent', agent, message, {
      address: isOther ? owner.address : undefined,
      retryAfterMs: isOther ? 0 : soonMs,
      coordinators: addresses(),
    });
  }

  function addresses(): readonly string[] {
    return [own.address, ...offices.others().map(({ address }) => address)];
  }

  return {
    fenceOf,
    owns: (site) => ownedBy(site) !== undefined,
    refuseStranger(agent, site) {
      if (fenceOf(site) === undefined) throw elsewhere(agent, site);
    },
    elsewhere,
    addresses,
    otherLeader() {
      const leader = offices.holder(leaderOffice);
      return leader?.name === own.name ? undefined : leader;
    },
    async ask() {
      const freshMs = leads === undefined ? askedForMs : silenceMs;
      const limit = new AbortController();
      const timer = clock.after(answerWithinMs, () => limit.abort());
      const signal = AbortSignal.any([limit.signal, closing.signal]);
      const answers = offices.others().map(async ({ name, address }) => {
        if (ageOf(name) <= freshMs) return [];
        try {
          await observe(address, true, answerWithinMs, signal, () => {});
          return limit.signal.aborted ? [notTold(name, address, 'it takes too long')] : [];
        } catch (error) {
          return [notTold(name, address, messageOf(error))];
        }
      });
      const told = (await Promise.all(answers)).flat();
      timer.cancel();
      return told;
    },
    async close() {
      closing.abort();
      looking?.cancel();
      await offices.close();
    },
  };

  /** Of what was heard of it last; ∞: nothing was. */
  function ageOf(name: string): number {
    const ages = fleet.parts().flatMap(({ coordinator, ageMs }) => (coordinator === name ? [ageMs] : []));
    return Math.min(Number.POSITIVE_INFINITY, ...ages);
  }

  function notTold(name: string, address: string, why: string): string {
    const ageMs = ageOf(name);
    const age = Number.isFinite(ageMs)
      ? `what is shown is ${seconds(ageMs)} s old`
      : 'nothing of them is known';
    return `coordinator ${name} at ${address} does not tell of its agents (${why}): ${age}`;
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
