import { expect, test } from 'vitest';
import { serverState, type Witnesses } from '../../../src/plan/optimal/server-health.ts';

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
  ['never judged by anybody', { own: 'unknown', paths: [] }, 'healthy'],
])('%s', (_, witnesses, expected) => {
  expect(serverState({ own: 'unknown', paths: [], before: undefined, ...witnesses })).toBe(expected);
});
