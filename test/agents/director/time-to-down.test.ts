/** How long a dead host stays in use at the most, whenever within an interval it dies and its only witness answers. */
import { expect, test } from 'vitest';
import { createKnocking } from '../../../agents/director/knocking.ts';
import { probePlan } from '../../../agents/director/probe-targets.ts';
import { createSelfCheck, type SelfCheck } from '../../../agents/director/self-check.ts';
import { createHealth } from '../../../agents/director/server-paths.ts';
import { defaultProbe } from '../../../src/coordinator/view/world-of-store.ts';
import type { Family } from '../../../src/domain/address.ts';
import { emptyHostState, type NftTable } from '../../../src/domain/host-state.ts';
import type { VirtualService } from '../../../src/domain/ipvs-table.ts';
import { closedPort } from '../../../src/domain/probe.ts';
import { createManualClock } from '../manual-clock.ts';
import { directorSnapshot, probe } from '../snapshots.ts';

const vip = '192.0.2.10';
const { intervalMs } = defaultProbe;
const snapshot = directorSnapshot({ probe: { ...probe, ...defaultProbe } });

const marks: NftTable = {
  kind: 'probe-marks',
  name: 'causeway_director',
  vips: [vip],
  probePort: 7483,
  marks: [],
};

function probeService(family: Family): VirtualService {
  const key = { kind: 'mark', mark: 1, family } as const;
  return {
    key,
    scheduler: 'rr',
    schedulerFlags: { fallback: false, port: false },
    persistenceSeconds: 0,
  };
}

interface Story {
  /** Of both real servers. */
  readonly rttMs: number;
  /** The witness is asked so long after the one that dies. */
  readonly apartMs: number;
  /** It dies so long after it was asked. */
  readonly diesMs: number;
  /** How long this director looks at itself before and after it knocks. */
  readonly selfCheckMs?: number;
  /** Others change nft so often, and a listing of our table takes so long; absent: nobody does. */
  readonly churn?: { readonly everyMs: number; readonly listingMs: number };
}

/** From death to what its director concludes, ms. */
async function timeToDown({ rttMs, apartMs, diesMs, selfCheckMs = 0, churn }: Story): Promise<number> {
  const clock = createManualClock();
  let downMs = Number.POSITIVE_INFINITY;
  let deadMs = Number.POSITIVE_INFINITY;
  const wait = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const patient = (ms: number): SelfCheck => ({
    async check() {
      await wait(ms);
      return { isWell: true, marks: { state: 'in-place', table: marks, lapses: 0 } };
    },
    async hasLasted() {
      await wait(ms);
      return true;
    },
    marksState: async () => 'in-place',
  });
  const churned = ({ everyMs, listingMs }: NonNullable<Story['churn']>): SelfCheck =>
    createSelfCheck({
      host: {
        nftGeneration: async () => Math.floor(clock.monotonicMs() / everyMs),
        async read() {
          await wait(listingMs);
          return { ...emptyHostState, nft: [marks], strangers: [], strays: [] };
        },
      },
      ipvs: { readService: async () => undefined },
      marks: () => marks,
      probeService: (_realServer, family) => ({ service: probeService(family), destinations: [] }),
      onFault: (what) => expect.fail(what),
      clock,
    });
  const health = createHealth({
    ...clock,
    onTransition(told) {
      if (told.kind === 'path' && told.to === 'down') downMs = clock.monotonicMs();
    },
  });
  health.watch(snapshot, probePlan(snapshot, new Set(['ipv4'])).targets);
  /** Whether a packet that leaves now for it comes back. */
  const lives = (slot: number) => slot !== 1 || clock.monotonicMs() + rttMs <= deadMs;
  const knock = createKnocking({
    health,
    knocker: {
      async knock(slot, _vip, port, timeoutMs) {
        const isAnswered = lives(slot);
        await wait(isAnswered ? rttMs : timeoutMs);
        return isAnswered ? (port === closedPort ? 'refused' : 'handshake') : 'silent';
      },
      trouble: () => '',
      close: () => {},
    },
    self: churn === undefined ? patient(selfCheckMs) : churned(churn),
    clock,
    carries: () => true,
  });
  let id = 0;
  function ask(realServer: string, slot: number): void {
    clock.after(intervalMs, () => ask(realServer, slot));
    id += 1;
    const own = id;
    const port = { port: 80, protocol: 'tcp', verdict: 'healthy' } as const;
    health.sent({ realServer, vip }, own, clock.monotonicMs());
    if (lives(slot))
      clock.after(rttMs, () => health.answered({ realServer, vip }, own, clock.monotonicMs(), [port], true));
    health.round(realServer, clock.monotonicMs());
    knock(realServer);
  }
  ask('fra-1', 1);
  clock.after(apartMs, () => ask('lon-1', 2));
  // Times are known once they have been reported.
  await clock.advance(20 * intervalMs);
  [...health.paths(clock.monotonicMs())];
  deadMs = clock.monotonicMs() + diesMs;
  await clock.advance(diesMs + 2_000);
  return downMs - deadMs;
}

const phases = [0, 0.25, 0.5, 0.75].map((share) => share * intervalMs);

async function longest(story: Omit<Story, 'apartMs' | 'diesMs'>): Promise<number> {
  const times: number[] = [];
  for (const apartMs of phases)
    for (const diesMs of phases) times.push(await timeToDown({ ...story, apartMs, diesMs }));
  return Math.max(...times);
}

test.each([
  { rttMs: 1, limitMs: 545 },
  { rttMs: 20, limitMs: 580 },
  { rttMs: 60, limitMs: 650 },
  { rttMs: 150, limitMs: 820 },
  { rttMs: 250, limitMs: 1_030 },
])('$rttMs ms away: down within $limitMs ms', async ({ rttMs, limitMs }) => {
  expect(await longest({ rttMs })).toBeLessThanOrEqual(limitMs);
});

test('what this director asks of itself costs its own time, and no further round', async () => {
  expect(await longest({ rttMs: 1, selfCheckMs: 50 })).toBeLessThanOrEqual(645);
});

test.each([
  { rttMs: 1, churn: { everyMs: 100, listingMs: 15 }, limitMs: 575 },
  { rttMs: 1, churn: { everyMs: 7, listingMs: 40 }, limitMs: 630 },
  { rttMs: 60, churn: { everyMs: 100, listingMs: 15 }, limitMs: 690 },
])('others change nft every $churn.everyMs ms, $rttMs ms away: down within $limitMs ms', async (story) => {
  expect(await longest(story)).toBeLessThanOrEqual(story.limitMs);
});
