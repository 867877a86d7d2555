// Whose requests a real server knows, and by which key.
import { describe, expect, test } from 'vitest';
import { createAskerKeys } from '../../../agents/realserver/asker-keys.ts';
import type { Asker } from '../../../src/probe/datagram-head.ts';
import { probeKey } from '../../../src/probe/hmac.ts';
import { createProbeKeys, pairKeyHex } from '../../../src/probe/keys.ts';
import { createManualClock } from '../manual-clock.ts';
import { probe } from '../snapshots.ts';

const secrets = [
  { epoch: 7, secretHex: 'ab'.repeat(32) },
  { epoch: 8, secretHex: 'cd'.repeat(32) },
];
const given = createProbeKeys(secrets, 8);
const directors = [
  { name: 'fra-d1', address: '10.1.0.2', forwarding: 'tunnel' },
  { name: 'lon-d1', address: '2001:db8:2::2', forwarding: 'tunnel' },
] as const;
const withShared = { probe, keys: given.ofRealServer('fra-1'), directors };
const alone = { ...withShared, probe: { ...probe, keyHex: '' } };

function open() {
  const clock = createManualClock();
  const keys = createAskerKeys('10.1.0.11', clock);
  return { clock, keys };
}

describe('a request', () => {
  const { keys } = open();
  keys.watch(alone);
  test.each<[string, Asker, string, boolean]>([
    ['of a director, from its address', { director: 'fra-d1', epoch: 8 }, '10.1.0.2', true],
    ['by the secret of before', { director: 'fra-d1', epoch: 7 }, '10.1.0.2', true],
    [
      'for a VIP of the other family, from whatever address',
      { director: 'lon-d1', epoch: 8 },
      '10.9.9.9',
      true,
    ],
    ['from elsewhere: recorded, or forged', { director: 'fra-d1', epoch: 8 }, '10.1.0.3', false],
    ['of another director from that address', { director: 'lon-d1', epoch: 8 }, '2001:db8:2::3', false],
    ['by a secret that nobody was told of', { director: 'fra-d1', epoch: 9 }, '10.1.0.2', false],
    ['of somebody who is no director', { director: 'evil', epoch: 8 }, '10.1.0.2', false],
    ['by the shared key, which nobody needs any more', undefined, '10.1.0.2', false],
    ['from no address', { director: 'fra-d1', epoch: 8 }, 'fe80::1%eth0', false],
  ])('%s', (_, asker, from, isKnown) => {
    expect(keys.sealOf(asker, from) !== undefined).toBe(isKnown);
  });

  test('is opened by what that director was given, and by nothing that another was', () => {
    const key = given.between('fra-d1', 'fra-1')?.keyHex ?? '';
    expect(keys.sealOf({ director: 'fra-d1', epoch: 8 }, '10.1.0.2')?.key).toEqual(probeKey(key));
    for (const other of [given.between('lon-d1', 'fra-1'), given.between('fra-d1', 'fra-2')])
      expect(keys.sealOf({ director: 'fra-d1', epoch: 8 }, '10.1.0.2')?.key).not.toEqual(
        probeKey(other?.keyHex ?? ''),
      );
  });
});

test('who asks by the shared key is known for a minute after it was last given', async () => {
  const { clock, keys } = open();
  keys.watch(withShared);
  await clock.advance(3_600_000);
  expect(keys.sealOf(undefined, '10.1.0.2')).toBeDefined();
  keys.watch(alone);
  await clock.advance(59_999);
  // Another snapshot does not begin the minute anew.
  keys.watch(alone);
  expect(keys.sealOf(undefined, '10.1.0.2')).toBeDefined();
  await clock.advance(1);
  expect(keys.sealOf(undefined, '10.1.0.2')).toBeUndefined();
  keys.watch(withShared);
  expect(keys.sealOf(undefined, '10.1.0.2')).toBeDefined();
});

test('a director that has gone, or has moved, is known no more by what it was', () => {
  const { keys } = open();
  keys.watch(alone);
  const asker = { director: 'fra-d1', epoch: 8 };
  const before = keys.sealOf(asker, '10.1.0.2');
  keys.watch({ ...alone, directors: [{ ...directors[0], address: '10.1.0.9' }] });
  expect(keys.sealOf(asker, '10.1.0.2')).toBeUndefined();
  expect(keys.sealOf(asker, '10.1.0.9')?.pair?.ends).not.toEqual(before?.pair?.ends);
  keys.watch({ ...alone, directors: [] });
  expect(keys.sealOf(asker, '10.1.0.9')).toBeUndefined();
});

test('a secret that is no longer in use is known no more: what somebody read of it is worth nothing', () => {
  const { keys } = open();
  keys.watch(alone);
  const asker = { director: 'fra-d1', epoch: 7 };
  expect(keys.sealOf(asker, '10.1.0.2')).toBeDefined();
  keys.watch({ ...alone, keys: alone.keys.filter(({ epoch }) => epoch !== 7) });
  expect(keys.sealOf(asker, '10.1.0.2')).toBeUndefined();
  // Nor under the number of the one that is.
  const old = given.ofRealServer('fra-1').find(({ epoch }) => epoch === 7)?.keyHex ?? '';
  const now = keys.sealOf({ ...asker, epoch: 8 }, '10.1.0.2')?.key;
  expect(now).toBeDefined();
  expect(now).not.toEqual(probeKey(pairKeyHex(old, 'fra-d1')));
});

test('a snapshot without keys, of a coordinator of before, takes none away', () => {
  const { keys } = open();
  keys.watch(alone);
  const { keys: _, ...before } = withShared;
  keys.watch(before);
  expect(keys.sealOf({ director: 'fra-d1', epoch: 8 }, '10.1.0.2')).toBeDefined();
  expect(keys.sealOf(undefined, '10.1.0.2')).toBeDefined();
});
