import { expect, test } from 'vitest';
import type { World } from '../../src/domain/world.ts';
import { implausible, implausibleForRealServer } from '../../src/plan/plausibility.ts';
import { directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { director, realServer, service, world } from './fixtures.ts';

const six = world();
const keeping = (count: number): World => ({ ...six, realServers: six.realServers.slice(0, count) });
const director1 = (of: World) => directorContent(of, director('fra-d'));

test.each<[string, World | undefined, World, RegExp | undefined]>([
  ['the first', undefined, keeping(0), undefined],
  ['the same', six, six, undefined],
  ['half gone', six, keeping(3), undefined],
  ['more than half gone', six, keeping(2), /^4 of 6 destinations would go/],
  ['empty', six, { ...six, services: [] }, /^empty/],
  ['empty, as its services were deleted', six, { ...six, services: [], deletedServices: ['web'] }, undefined],
  ['empty and always was', { ...six, services: [] }, { ...six, services: [] }, undefined],
])('director: %s', (_, previous, next, expected) => {
  const reason = implausible(previous && director1(previous), director1(next));
  if (expected === undefined) expect(reason).toBeUndefined();
  else expect(reason).toMatch(expected);
});

const vips = (...all: string[]): World => ({ ...six, services: [service({ vips: all })] });
test.each<[string, World | undefined, World, RegExp | undefined]>([
  ['the first', undefined, { ...six, services: [] }, undefined],
  ['one VIP of two', vips('192.0.2.1', '192.0.2.2'), vips('192.0.2.1'), undefined],
  ['both VIPs for others', vips('192.0.2.1', '192.0.2.2'), vips('192.0.2.3'), /^2 of 2 VIPs/],
  ['empty', six, { ...six, services: [] }, /^empty/],
  ['no directors', six, { ...six, directors: [] }, /^no directors left/],
  ['deleted', six, { ...six, services: [], directors: [], deletedServices: ['web'] }, undefined],
])('real server: %s', (_, previous, next, expected) => {
  const content = (of: World) => realServerContent(of, realServer('fra-1'));
  const reason = implausibleForRealServer(previous && content(previous), content(next));
  if (expected === undefined) expect(reason).toBeUndefined();
  else expect(reason).toMatch(expected);
});
