import { afterEach, expect, test } from 'vitest';
import { createEstimateRecords } from '../../../src/coordinator/lead/estimate-records.ts';
import { createFlowLeader } from '../../../src/coordinator/lead/flow-leader.ts';
import { createTelemetry } from '../../../src/coordinator/lead/telemetry.ts';
import { type AgentRecords, createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { createSerial } from '../../../src/coordinator/view/serial.ts';
import { openStoreView } from '../../../src/coordinator/view/store-view.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { memberKey, resourceKey } from '../../../src/store/keys.ts';
import { encodeRecord } from '../../../src/store/record.ts';
import type { Write } from '../../../src/store/store.ts';
import { createManualClock } from '../../agents/manual-clock.ts';
import { service, world } from '../../plan/fixtures.ts';

const members = [...world().directors, ...world().realServers];
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** Seconds after the coordinator's start at which its first plan was made, as far as it was watched. */
async function firstPlan(
  happen: Readonly<Record<number, (agents: AgentRecords) => void>>,
  watchSeconds: number,
): Promise<number | undefined> {
  const store = openEmbeddedStore({ file: ':memory:', clock: realClock });
  closing.push(() => store.close());
  const writes = [
    ...members.map((value): Write => {
      const key = memberKey(value.role, value.name);
      return { kind: 'put', key, value: encodeRecord({ kind: 'member', value }) };
    }),
    ...[...world().sites, service({ placement: 'optimal' })].map(
      (value): Write => ({
        kind: 'put',
        key: resourceKey(value),
        value: encodeRecord({ kind: 'resource', value }),
      }),
    ),
  ];
  await store.commit({ conditions: [], writes });
  const view = await openStoreView(store, { onSetAside() {}, onTrouble() {}, clock: realClock });
  closing.push(() => view.close());
  const clock = createManualClock();
  const agents = createAgentRecords();
  const serial = createSerial();
  let plannedMs: number | undefined;
  const leader = createFlowLeader({
    store,
    view,
    agents,
    telemetry: createTelemetry({ agents, startedMs: 0, onRejected: () => {} }),
    estimates: createEstimateRecords({ store, view, epochMs: 0, onError() {} }),
    serial,
    clock,
    onWeights: () => {},
    // A plan may take longer than the clock is still for it.
    onPlanned: ({ tookMs }) => {
      plannedMs ??= clock.monotonicMs() - tookMs;
    },
    onError: (error) => {
      throw error;
    },
  });
  closing.push(() => leader.close());
  for (let second = 0; second < watchSeconds && plannedMs === undefined; second++) {
    happen[second]?.(agents);
    for (const { stream, role, name } of agents.all())
      if (stream !== undefined) agents.get(role, name).reportedAtMs = clock.monotonicMs();
    await clock.advance(1_000);
    // A plan that has begun ends within the second, however busy the machine is.
    await serial(async () => {});
  }
  return plannedMs === undefined ? undefined : Math.round(plannedMs / 1_000);
}

const stream = { peer: 'test', send: () => {}, holds: () => {}, close: () => {} };
const come =
  (...names: readonly string[]) =>
  (agents: AgentRecords) => {
    for (const { role, name } of members) {
      if (names.length === 0 || names.includes(name)) agents.get(role, name).stream = stream;
    }
  };

test.each<[string, Parameters<typeof firstPlan>[0], number | undefined]>([
  ['once everybody has been heard', { 3: come() }, 3],
  ['without those that do not come, 10 s after the first director', { 3: come('fra-d', 'fra-1') }, 13],
  ['where all were restarted together, they come together', { 17: come('fra-d'), 21: come() }, 21],
  ['real servers alone can be told nothing', { 3: come('fra-1') }, 60],
  ['operators do not wait for ever', {}, 60],
])('the first plan is made %s', async (_, happen, seconds) => {
  expect(await firstPlan(happen, 70)).toBe(seconds);
});
