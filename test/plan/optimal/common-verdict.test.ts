import { expect, test } from 'vitest';
import { serverState, type Witnesses } from '../../../src/plan/optimal/common-verdict.ts';

test.each<[string, Partial<Witnesses>, ReturnType<typeof serverState>]>([
  ['well by its own word, reached', { own: 'healthy', paths: ['up'] }, 'healthy'],
  ['well by its own word, nobody has looked yet', { own: 'healthy', paths: ['unknown'] }, 'healthy'],
  [
    'failing by its own word, though it can be reached',
    { own: 'unhealthy', paths: ['up', 'up'] },
    'confirmed',
  ],
  [
    'out of one director’s reach, who may have lost its own way',
    { own: 'healthy', paths: ['down'] },
    'unknown',
  ],
  ['out of two directors’ reach', { own: 'healthy', paths: ['down', 'gone'] }, 'confirmed'],
  [
    'out of two directors’ reach, but not of a third’s',
    { own: 'healthy', paths: ['down', 'down', 'up'] },
    'healthy',
  ],
  ['silent, but reached: as before', { own: 'unknown', paths: ['up'], before: 'healthy' }, 'healthy'],
  ['silent and failing before', { own: 'unknown', paths: ['up'], before: 'confirmed' }, 'confirmed'],
  [
    'silent, but a director has found it failing',
    { seen: 'unhealthy', paths: ['up'], before: 'healthy' },
    'confirmed',
  ],
  [
    'silent, but a director has found it well again',
    { seen: 'healthy', paths: ['up'], before: 'confirmed' },
    'healthy',
  ],
  [
    'well by its own word, whatever others have found',
    { own: 'healthy', seen: 'unhealthy', paths: ['up'] },
    'healthy',
  ],
  ['silent, and nobody’s word counts: as before', { paths: [], before: 'confirmed' }, 'confirmed'],
  [
    'silent and confirmed, and one of two directors no longer has a word',
    { paths: ['down'], before: 'confirmed' },
    'confirmed',
  ],
  [
    'heard again, though one director is still out of reach',
    { own: 'healthy', paths: ['down'], before: 'confirmed' },
    'unknown',
  ],
  ['never judged by anybody', { own: 'unknown', paths: [] }, 'healthy'],
])('%s', (_, witnesses, expected) => {
  expect(serverState({ own: 'unknown', paths: [], seen: 'unknown', before: undefined, ...witnesses })).toBe(
    expected,
  );
});
