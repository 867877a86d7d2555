/** When changes become snapshots, by a clock that is turned by hand. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { createPublisher, type Publisher } from '../../../src/coordinator/site/publisher.ts';
import { openStoreView, type StoreView } from '../../../src/coordinator/view/store-view.ts';
import type { Resource } from '../../../src/domain/resource.ts';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { memberKey, resourceKey } from '../../../src/store/keys.ts';
import { encodeRecord } from '../../../src/store/record.ts';
import type { Store } from '../../../src/store/store.ts';
import { createManualClock, type ManualClock } from '../../agents/manual-clock.ts';
import { director } from '../../plan/fixtures.ts';
import { put, write } from '../../store/writing.ts';
import { service, site } from '../harness.ts';

let store: Store;
let view: StoreView;
let publisher: Publisher;
let clock: ManualClock;
let rounds: number;
let sent: Snapshot[];

beforeEach(async () => {
  store = openEmbeddedStore({ file: ':memory:', clock: realClock });
  const member = director('fra-d1');
  await write(
    store,
    put(memberKey(member.role, member.name), encodeRecord({ kind: 'member', value: member })),
  );
  const failed = (what: unknown): never => {
    throw what;
  };
  view = await openStoreView(store, { onSetAside: failed, onTrouble: failed, clock: realClock });
  clock = createManualClock();
  rounds = 0;
  sent = [];
  const agents = createAgentRecords();
  agents.get('director', member.name).stream = {
    peer: 'test',
    send: (snapshot) => void sent.push(snapshot),
    holds() {},
    close() {},
  };
  publisher = createPublisher({
    view,
    agents,
    clock,
    weights: () => new Map(),
    withdrawals: () => new Map(),
    epoch: () => 0,
    onSent() {},
    onPublished() {
      rounds += 1;
    },
    onError: failed,
  });
});
afterEach(async () => {
  publisher.close();
  await view.close();
  await store.close();
});

async function apply(resource: Resource): Promise<void> {
  const value = encodeRecord({ kind: 'resource', value: resource });
  view.reached(await write(store, put(resourceKey(resource), value)));
}

/** So many rounds in all. One that has begun ends while the clock stands still, however busy the machine is. */
const published = (count: number) =>
  expect
    .poll(async () => {
      await clock.advance(0);
      return rounds;
    })
    .toBe(count);

const persistence = (): number[] =>
  sent.map((snapshot) =>
    snapshot.kind === 'director' ? (snapshot.services[0]?.persistenceSeconds ?? -1) : -1,
  );

test('the first of many changes goes out at once, and all that come within 20 ms of it as one', async () => {
  await apply(site('fra'));
  await published(1);
  await clock.advance(1_000);
  await apply(service('web', { persistenceSeconds: 1 }));
  await published(2);
  for (let index = 2; index <= 40; index++) {
    await apply(service('web', { persistenceSeconds: index }));
    await clock.advance(index % 4 === 0 ? 1 : 0);
  }
  expect(persistence()).toEqual([-1, 1]);
  await clock.advance(20);
  await published(3);
  expect(persistence()).toEqual([-1, 1, 40]);
});
