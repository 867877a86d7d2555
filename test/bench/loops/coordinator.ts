/** What a coordinator does that takes long in a large fleet, each piece as its callers call it. */
import { statusToWire } from '../../../src/api/convert-status.ts';
import { encodedMessage } from '../../../src/api/encoded.ts';
import { wayWords } from '../../../src/coordinator/lead/flow-leader.ts';
import type { Caller } from '../../../src/domain/caller.ts';
import type { Override, Service } from '../../../src/domain/resource.ts';
import type { Steps } from '../../../src/domain/steps.ts';
import { nothingYet, scopeOf, step } from '../../../src/plan/leader/step.ts';
import type { LatestPlan } from '../../../src/plan/optimal/latest-plans.ts';
import { breathing } from '../../../src/runtime/breathing.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { agentsATurn, type BenchCoordinator, type FleetShape, openCoordinator, wholeFleet } from './fleet.ts';
import { type LoopRow, measured, turn } from './turns.ts';

const caller: Caller = { identity: 'bench', role: 'local', site: undefined, from: '127.0.0.1' };
const { signal } = new AbortController();
const whole = '50 sites, 500 services, 24,000 real servers';
const smallFleet: FleetShape = { sites: 10, services: 200, realServers: 2_000, directors: 20 };

/** Opens one, measures, closes it. */
function on(
  shape: FleetShape,
  measure: (coordinator: BenchCoordinator) => Promise<LoopRow[]>,
): () => Promise<LoopRow[]> {
  return async () => {
    const coordinator = await openCoordinator(shape);
    const rows = await measure(coordinator);
    await coordinator.close();
    return rows;
  };
}

/** As the API answers: decided, converted, and encoded. */
async function answerStatus({ admin }: BenchCoordinator): Promise<number> {
  const status = await admin.status({ caller, isSummary: true, signal });
  function* answer(): Steps<Buffer> {
    return yield* encodedMessage('StatusResponse', yield* statusToWire(status));
  }
  return (await breathing(answer(), { operation: 'bench' })).length;
}

function siteDrain({ world }: BenchCoordinator): Override {
  return {
    kind: 'Override',
    name: 'maintenance',
    order: { kind: 'drain' },
    subject: { kind: 'site', name: world.sites[0]?.name ?? '' },
    services: [],
    owner: 'bench',
    reason: 'bench',
    expiresAtMs: Date.now() + 3_600_000,
  };
}

function changedService({ world }: BenchCoordinator): Service {
  const [service] = world.services;
  if (service === undefined) throw new Error('a fleet without services');
  return { ...service, vips: ['198.51.100.1'] };
}

const status = on(wholeFleet, async (coordinator) => [
  await measured(`status: ${whole}`, () => answerStatus(coordinator)),
]);

const drain = on(wholeFleet, async (coordinator) => {
  const { admin, published } = coordinator;
  const applied = await measured(
    `drain of a site: the order applied, ${whole}`,
    () => admin.apply([siteDrain(coordinator)], { caller, force: false }),
    { times: 1 },
  );
  const publishing = await measured('what directors are then told, made and published', published, {
    times: 1,
  });
  // Every few seconds each director says anew what is in its table: nothing made of the report before is of use.
  const said = coordinator.reports.directors;
  const before = (): Promise<void> => {
    const anew = [...said].map(([name, report]) => [name, { ...report }] as const);
    coordinator.reports = { directors: new Map(anew), realServers: new Map() };
    return coordinator.report();
  };
  const draining = await measured('status while that site drains', () => answerStatus(coordinator), {
    before,
  });
  return [
    applied,
    publishing,
    draining,
    await measured('the same while every director is told something else', () => answerStatus(coordinator), {
      async before() {
        await published();
        await before();
        coordinator.weightsChanged();
        await turn();
      },
    }),
  ];
});

const snapshots = on(wholeFleet, async (coordinator) => {
  const all = `50 directors, ${whole}`;
  const publish = (): Promise<void> => {
    coordinator.weightsChanged();
    return coordinator.published();
  };
  const [service] = coordinator.world.services;
  const names: readonly string[] = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];
  const vips = names.values();
  return [
    await measured(`snapshots made for every director: ${all}`, publish, { times: 1 }),
    await measured('the same again, nothing has changed', publish),
    await measured('the same after one service got another VIP', async () => {
      if (service === undefined) return;
      const vip = vips.next().value ?? '203.0.113.9';
      await coordinator.admin.apply([{ ...service, vips: [vip] }], { caller, force: false });
      await coordinator.published();
    }),
  ];
});

function plan(shape: FleetShape, name: string): () => Promise<LoopRow[]> {
  return on(shape, async (coordinator) => {
    const { admin, world } = coordinator;
    const [site] = world.sites;
    if (site === undefined) return [];
    return [
      await measured(`plan of a service's new VIP: ${name}`, () =>
        admin.plan([changedService(coordinator)], { caller, signal }),
      ),
      await measured(`plan of a site's new tunnel type: ${name}`, () =>
        admin.plan([{ ...site, tunnel: 'gre' }], { caller, signal }),
      ),
    ];
  });
}

const explain = on(wholeFleet, async ({ admin, world }) => {
  const service = world.services[0]?.name ?? '';
  const from = world.sites[0]?.name ?? '';
  return [
    await measured(`explain of a service: ${whole}`, () =>
      admin.explain({ service, from, realServer: undefined, changedSinceMs: undefined }, { caller }),
    ),
    await measured(
      `what if a site were down, all services: ${whole}`,
      () => admin.whatIf([{ kind: 'site-down', site: from }], undefined, { caller, signal }),
      { times: 1 },
    ),
  ];
});

const reports = on(wholeFleet, async (coordinator) => {
  const { handlers, world, reports: all } = coordinator;
  const rows = [
    await measured(`filing one report of a director: 24,000 paths and destinations`, () => {
      const [first] = all.directors;
      coordinator.reports = { directors: new Map(first ? [first] : []), realServers: new Map() };
      return coordinator.report();
    }),
    await measured('filing one report of each of 24,000 real servers', () => {
      coordinator.reports = { directors: new Map(), realServers: all.realServers };
      return coordinator.report();
    }),
  ];
  const callers = world.realServers.slice(0, 2_000);
  rows.push(
    await measured(
      '2,000 of 24,000 known agents call again',
      async () => {
        for (const [index, member] of callers.entries()) {
          await handlers.connect(
            coordinator.hello(member),
            { peer: 'bench', send() {}, holds() {}, close() {} },
            { caller },
          );
          if (index % agentsATurn === 0) await turn();
        }
      },
      { times: 1 },
    ),
  );
  return rows;
});

/** As the flow leader makes them: what the agents have reported, observed and planned with. */
const steps = on(wholeFleet, async ({ world, agents, telemetry }) => {
  let memory = nothingYet;
  let latest: LatestPlan | undefined;
  function* made(failed?: ReadonlySet<string>): Steps<void> {
    const monotonicMs = realClock.monotonicMs();
    const isTick = failed === undefined;
    const scope = scopeOf(memory, world, latest, isTick, failed);
    const observation = yield* telemetry.observe(scope.asked, monotonicMs, isTick ? 'all' : 'part');
    const words = isTick ? wayWords(agents, monotonicMs) : [];
    const time = { monotonicMs, atMs: realClock.nowMs() };
    const cause = { isTick, safety: !isTick, cause: 'bench' };
    const next = yield* step(memory, { scope, observation, words, ...cause, ...time });
    ({ memory, latest } = next);
  }
  const names = world.realServers.map(({ name }) => name).values();
  return [
    await measured(`a step of the flow leader: ${whole}`, () => breathing(made(), { operation: 'bench' })),
    await measured(
      'a step of the flow leader after one real server failed',
      () => breathing(made(new Set([names.next().value ?? ''])), { operation: 'bench' }),
      { times: 9 },
    ),
  ];
});

/** 2,000 services of two VIPs each, from one file, to a coordinator that has their real servers. */
const apply = on({ sites: 10, services: 1, realServers: 500, directors: 10 }, async ({ admin, world }) => {
  const [service] = world.services;
  if (service === undefined) return [];
  const services = Array.from({ length: 2_000 }, (_, index): Service => {
    const [high, low] = [index >> 8, index & 255];
    return {
      ...service,
      name: `applied-${index}`,
      placement: 'local',
      vips: [`198.18.${high}.${low}`, `198.19.${high}.${low}`],
    };
  });
  return [
    await measured(
      'apply of 2,000 services with 2 VIPs each',
      () => admin.apply(services, { caller, force: false }),
      {
        times: 1,
      },
    ),
    await measured('apply of the same, nothing has changed', () =>
      admin.apply(services, { caller, force: false }),
    ),
  ];
});

export const coordinatorParts: Readonly<Record<string, () => Promise<LoopRow[]>>> = {
  status,
  drain,
  snapshots,
  plan: plan(smallFleet, '20 directors, 200 services, 2,000 real servers'),
  'plan-whole': plan(wholeFleet, whole),
  explain,
  reports,
  steps,
  apply,
};
