import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nextSnapshot } from '../../src/coordinator/agent-record.ts';
import { chooseProbeSlot } from '../../src/coordinator/probe-slot.ts';
import { createSerial } from '../../src/coordinator/serial.ts';
import { openStoreView } from '../../src/coordinator/store-view.ts';
import { probeSlotLimit } from '../../src/domain/probe.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { slotKey } from '../../src/store/keys.ts';

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
    const known = new Map(
      owners.flatMap((owner, index) =>
        owner === undefined ? [] : [[slotKey(index + 1), { value: { owner }, modRevision: 100 - index }]],
      ),
    );
    return (key: string) => known.get(key);
  };
  const full = Array.from({ length: probeSlotLimit }, (_, index) => `r${index}`);
  it.each([
    ['none used', [], 1],
    ['the lowest never used, not one given back', ['a', '', 'b'], 4],
    ['all used once: the one given back longest ago', full.with(10, '').with(20, ''), 21],
    ['all taken', full, undefined],
  ])('%s', (_, owners, expected) => {
    expect(chooseProbeSlot(slots(owners))).toBe(expected);
  });
});

describe('the view of the store', () => {
  it('names the damaged record at start; one that is damaged later leaves the last good one in place', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'causeway-view-'));
    const file = join(folder, 'store.db');
    const store = openEmbeddedStore({ file });
    const key = 'resources/Site/fra';
    const write = (value: string) => store.commit({ conditions: [], writes: [{ kind: 'put', key, value }] });
    await write('{"kind":"Site","name":"fra","tunnel":"gre"}');
    const troubles: unknown[] = [];
    const view = await openStoreView(store, (error) => troubles.push(error));
    const { revision } = await write('{');
    await view.reached(revision);
    expect(view.resources()).toEqual([{ kind: 'Site', name: 'fra', tunnel: 'gre' }]);
    expect(view.trouble()).toContain(`${key} in ${file}`);
    expect(troubles).toHaveLength(1);
    await view.close();
    await expect(openStoreView(store, () => {})).rejects.toThrow(
      `read record ${key} in ${file}: the record is damaged`,
    );
    await store.close();
    await rm(folder, { recursive: true });
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
