import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nextSnapshot } from '../../src/coordinator/site/agent-record.ts';
import { registration } from '../../src/coordinator/view/membership.ts';
import { createProbeSlots } from '../../src/coordinator/view/probe-slot.ts';
import type { SetAside } from '../../src/coordinator/view/records.ts';
import { createSerial } from '../../src/coordinator/view/serial.ts';
import { openStoreView, type StoreView } from '../../src/coordinator/view/store-view.ts';
import { transact } from '../../src/coordinator/view/transact.ts';
import type { AgentHello } from '../../src/domain/agent-message.ts';
import { firstSlots, probeSlotLimit } from '../../src/domain/probe.ts';
import type { Service } from '../../src/domain/resource.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { latencyKey, slotKey } from '../../src/store/keys.ts';
import { encodeRecord } from '../../src/store/record.ts';
import { write } from '../store/writing.ts';
import { service } from './harness.ts';

describe('what an agent is sent next', () => {
  const wanted = (version: number, checksum: string, force = false) => ({ version, checksum, force });
  const applied = (version: number, checksum: string) => ({ version, checksum });
  it.each([
    ['first connection, nothing applied', undefined, applied(0, ''), 'a', false, true, 1],
    ['it applied that under an earlier coordinator', undefined, applied(7, 'a'), 'a', false, true, undefined],
    ['it applied something else then', undefined, applied(7, 'a'), 'b', false, true, 8],
    ['unchanged', wanted(3, 'a'), applied(3, 'a'), 'a', false, false, undefined],
    ['on its way', wanted(3, 'a'), applied(2, 'z'), 'a', false, false, undefined],
    ['on its way when the stream broke', wanted(3, 'a'), applied(2, 'z'), 'a', false, true, 4],
    ['changed', wanted(3, 'a'), applied(3, 'a'), 'b', false, false, 4],
    ['changed back before it applied', wanted(4, 'b'), applied(3, 'a'), 'a', false, false, 5],
    ['held back, the operator insists', wanted(3, 'a'), applied(2, 'z'), 'a', true, false, 4],
    ['insisted already', wanted(3, 'a', true), applied(2, 'z'), 'a', true, false, undefined],
    ['applied, the operator insists', wanted(3, 'a'), applied(3, 'a'), 'a', true, false, undefined],
    ['it knows a later version than this coordinator', wanted(3, 'a'), applied(9, 'q'), 'a', false, true, 10],
  ])('%s', (_, was, has, checksum, force, fresh, version) => {
    expect(nextSnapshot({ wanted: was, applied: has }, checksum, force, fresh)?.version).toBe(version);
  });
});

describe('probe slots', () => {
  const slots = (owners: readonly (string | undefined)[]) => {
    const known = createProbeSlots();
    for (const [index, owner] of owners.entries())
      if (owner !== undefined) known.put(slotKey(index + 1), owner, 100_000 - index);
    return known;
  };
  const full = Array.from({ length: probeSlotLimit }, (_, index) => `r${index}`);
  it.each([
    ['none used', [], 1],
    ['the lowest never used, not one given back', ['a', '', 'b'], 4],
    ['all used once: the one given back longest ago', full.with(10, '').with(20, ''), 21],
    ['all taken', full, undefined],
  ])('%s', (_, owners, expected) => {
    expect(slots(owners).choose('new')).toBe(expected);
  });

  it("who has one already gets it again, and one that can not be read may be somebody else's", () => {
    const known = slots(['a', 'b']);
    expect(known.choose('b')).toBe(2);
    known.put(slotKey(3), undefined, 7);
    expect(known.choose('new')).toBe(4);
    known.put(slotKey(2), '', 8);
    expect([known.choose('b'), known.choose('a')]).toEqual([4, 1]);
    // A store that was put back.
    known.remove(slotKey(1));
    expect([known.choose('a'), known.choose('new')]).toEqual([1, 1]);
    known.put('members/realserver/x', 'x', 9);
    expect(known.choose('x')).toBe(1);
  });

  it('beyond the first 4,000 every director must know them', () => {
    const view = (capabilities: readonly string[]) =>
      ({
        members: () => [{ ...director, capabilities }],
        membersAt: () => [],
        member: () => undefined,
        resources: () => [],
        coordinators: () => [],
        asked: () => [],
        probeSlotFor: () => firstSlots + 1,
      }) as unknown as StoreView;
    const director = { role: 'director', name: 'fra-d1', site: 'fra', address: '10.1.0.2', prefixLength: 24 };
    const hello: AgentHello = {
      ...{ role: 'realserver', name: 'r', site: 'fra', address: '10.1.0.11', prefixLength: 24, labels: {} },
      ...{ capacity: 100, appliedVersion: 0, appliedChecksum: '', programVersion: '0' },
    };
    expect(registration(view(['many-slots']), hello)).toHaveLength(2);
    expect(() => registration(view([]), hello)).toThrow('director fra-d1 can');
  });
});

describe('the view of the store', () => {
  it('sets a damaged record aside and names it; one that is damaged later leaves the last good one in place', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'causeway-view-'));
    const file = join(folder, 'store.db');
    const store = openEmbeddedStore({ file, clock: realClock });
    const put = (key: string, value: string) => write(store, { kind: 'put', key, value });
    const key = 'resources/Site/fra';
    await put(key, '{"kind":"Site","name":"fra","tunnel":"gre"}');
    const told: SetAside[] = [];
    const options = {
      onSetAside: (record: SetAside) => void told.push(record),
      onTrouble() {},
      clock: realClock,
    };
    const view = await openStoreView(store, options);
    const revision = await put(key, '{');
    await view.reached(revision);
    expect(view.resources()).toEqual([{ kind: 'Site', name: 'fra', tunnel: 'gre' }]);
    expect(view.trouble()).toBeUndefined();
    expect(view.modRevision(key)).toBe(revision);
    expect(told).toEqual([
      { key, reason: expect.stringContaining(`${key} in ${file}: the record is damaged`) },
    ]);
    expect(view.setAside()).toEqual(told);
    await view.close();

    const bad: Record<string, string> = {
      'resources/Service/web': '{"kind":"Service","name":"web"}',
      'resources/Service/api': serviceText({ name: 'other' }),
      'resources/Service/slow': serviceText({ name: 'slow', health: { ...health, intervalMs: 0 } }),
      'members/director/d1': '{"role":"director","name":"d1","site":"fra","address":7,"prefixLength":24}',
      'probe-slots/0001': '{}',
      'latency/fra/lon': '{"from":"fra","to":"lon","p50Us":1,"p90Us":1,"loss":2}',
      'flows/web': '[]',
      'deleted-services/web': 'null',
      'probe-key': '{"keyHex":"xyz"}',
      'asked/service/web': '{"subject":"moon","name":"web","forced":false}',
    };
    for (const [name, value] of Object.entries(bad)) await put(name, value);
    await put('resources/Site/lon', '{"kind":"Site","name":"lon","tunnel":"ipip"}');
    told.length = 0;
    const second = await openStoreView(store, options);
    expect(told.map((one) => one.key).toSorted()).toEqual([key, ...Object.keys(bad)].toSorted());
    expect(second.resources().map(({ name }) => name)).toEqual(['lon']);
    expect([second.members(), second.latency(), second.flows(), second.probeKeyHex()]).toEqual([
      [],
      [],
      [],
      undefined,
    ]);
    const mended = await put(key, '{"kind":"Site","name":"fra","tunnel":"ipip"}');
    await second.reached(mended);
    expect(second.setAside().map((one) => one.key)).not.toContain(key);
    const removed = await write(store, ...Object.keys(bad).map((key) => ({ kind: 'delete', key }) as const));
    await second.reached(removed);
    expect(second.setAside()).toEqual([]);
    await second.close();
    await store.close();
    await rm(folder, { recursive: true });
  });
});

const { health } = service('web');
function serviceText(change: Partial<Service>): string {
  return encodeRecord({ kind: 'resource', value: service('web', change) });
}

describe('a transaction', () => {
  it('writes nothing of which a part could not be read again', async () => {
    const store = openEmbeddedStore({ file: ':memory:', clock: realClock });
    const view = await openStoreView(store, { onSetAside() {}, onTrouble() {}, clock: realClock });
    const latency = { from: 'fra', to: 'lon', p50Us: 1, p90Us: 1 };
    const writeLoss = (loss: number) =>
      transact(store, view, 'write latency', () => [
        { kind: 'put', key: slotKey(1), value: encodeRecord({ kind: 'slot', value: { owner: 'r1' } }) },
        {
          kind: 'put',
          key: latencyKey('fra', 'lon'),
          value: encodeRecord({ kind: 'latency', value: { ...latency, loss } }),
        },
      ]);
    for (const loss of [2, Number.NaN, -1]) {
      await expect(writeLoss(loss)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('write latency latency/fra/lon: nothing is written'),
      });
    }
    expect((await store.read({ prefix: '' })).entries).toEqual([]);
    await writeLoss(0.5);
    expect(view.latency()).toEqual([{ ...latency, loss: 0.5 }]);
    await view.close();
    await store.close();
  });
});

describe('one at a time', () => {
  it('keeps the order and goes on after a failure', async () => {
    const serial = createSerial();
    const seen: number[] = [];
    const results = await Promise.allSettled([
      serial(async () => {
        await Promise.resolve();
        seen.push(1);
        throw new Error('x');
      }),
      serial(async () => seen.push(2)),
    ]);
    expect(seen).toEqual([1, 2]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
