// By which key a real server is asked, from snapshot to snapshot.
import { expect, test } from 'vitest';
import { createSeals } from '../../../agents/director/seals.ts';
import { probeKey } from '../../../src/probe/hmac.ts';
import { createManualClock } from '../manual-clock.ts';

const shared = { keyHex: 'ab'.repeat(32) };
const none = { keyHex: '' };

function target(epoch?: number, address = '10.1.0.11') {
  const key = epoch === undefined ? undefined : { name: 'fra-1', epoch, keyHex: `0${epoch}`.repeat(16) };
  return { realServer: 'fra-1', address, key, slot: 1, vips: [] };
}

function open() {
  const clock = createManualClock();
  const seals = createSeals({ name: 'fra-d1', address: '10.1.0.2', clock });
  const now = () => {
    const seal = seals.of('fra-1');
    return seal === undefined ? 'none' : seal.pair === undefined ? 'shared' : `epoch ${seal.pair.epoch}`;
  };
  return { clock, seals, now };
}

test.each([
  ['the key of the pair where there is one', target(1), shared, 'epoch 1'],
  ['else the shared one', target(), shared, 'shared'],
  ['or none', target(), none, 'none'],
] as const)('%s', (_, given, settings, expected) => {
  const { seals, now } = open();
  seals.watch([given], settings);
  expect(now()).toBe(expected);
});

test('the first key of a pair waits for the real server to learn of its own', async () => {
  const { clock, seals, now } = open();
  seals.watch([target()], shared);
  await clock.advance(60_000);
  // From now on nobody is given the shared one.
  seals.watch([target(1)], none);
  expect(now()).toBe('shared');
  await clock.advance(9_999);
  // Another snapshot, about something else, does not begin it anew.
  seals.watch([target(1)], none);
  expect(now()).toBe('shared');
  await clock.advance(1);
  expect(now()).toBe('epoch 1');
});

test('another secret, another address and a real server of before are taken at once', () => {
  const { seals, now } = open();
  seals.watch([target(1)], none);
  seals.watch([target(2)], none);
  expect(now()).toBe('epoch 2');
  const before = seals.of('fra-1');
  seals.watch([target(2, '10.1.0.12')], none);
  expect(seals.of('fra-1')?.pair?.ends).not.toEqual(before?.pair?.ends);
  seals.watch([target()], shared);
  expect(now()).toBe('shared');
  expect(seals.of('fra-1')?.key).toEqual(probeKey(shared.keyHex));
  seals.watch([], shared);
  expect(now()).toBe('none');
});
