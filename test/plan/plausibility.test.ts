import { expect, test } from 'vitest';
import type { Asked } from '../../src/domain/asked.ts';
import type { World } from '../../src/domain/world.ts';
import { implausible, implausibleForRealServer, isUnjudged } from '../../src/plan/plausibility.ts';
import { directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { director, realServer, service, world } from './fixtures.ts';

const six = world();
const keeping = (count: number): World => ({ ...six, realServers: six.realServers.slice(0, count) });
const director1 = (of: World) => directorContent(of, director('fra-d'));
const asked = (subject: Asked['subject'], ...names: string[]): Asked[] =>
  names.map((name) => ({ subject, name, revision: 7 }));
const nothing: Asked[] = [];
const empty: World = { ...six, services: [] };
const green: World = {
  ...six,
  services: [service({ selector: { app: 'green' } })],
  realServers: [...six.realServers, realServer('fra-9', { labels: { app: 'green' }, address: '10.1.0.19' })],
};

test.each<[string, World | undefined, World, readonly Asked[], RegExp | undefined]>([
  ['the first', undefined, keeping(0), nothing, undefined],
  ['the same', six, six, nothing, undefined],
  ['half gone', six, keeping(3), nothing, undefined],
  ['more than half gone', six, keeping(2), nothing, /^4 of 6 destinations would go/],
  ['empty', six, empty, nothing, /^empty/],
  ['empty, as its services were deleted', six, { ...empty, deletedServices: ['web'] }, nothing, undefined],
  ['empty and always was', empty, empty, nothing, undefined],
  ['another selector', six, green, asked('service', 'web'), undefined],
  ['another selector, which nobody asked for', six, green, nothing, /^6 of 6 destinations/],
  ['the change of another service', six, green, asked('service', 'api'), /^6 of 6 destinations/],
  ['no more claimed at this site', six, empty, asked('service', 'web'), undefined],
  [
    'four of six deleted',
    six,
    keeping(2),
    asked('realServer', 'lon-1', 'lon-2', 'nyc-1', 'nyc-2'),
    undefined,
  ],
  ['one of four deleted, three lost', six, keeping(1), asked('realServer', 'nyc-2'), /^4 of 5 destinations/],
  [
    'insisted on for two sites',
    six,
    keeping(2),
    [...asked('site', 'lon'), ...asked('site', 'nyc')],
    undefined,
  ],
  ['this director was moved', six, empty, asked('director', 'fra-d'), undefined],
])('director: %s', (_, previous, next, intent, expected) => {
  const reason = implausible(previous && director1(previous), director1(next), intent);
  if (expected === undefined) expect(reason).toBeUndefined();
  else expect(reason).toMatch(expected);
});

const vips = (...all: string[]): World => ({ ...six, services: [service({ vips: all })] });
const two = vips('192.0.2.1', '192.0.2.2');
const noDirectors: World = { ...six, directors: [] };
const everyDirector = asked('director', 'fra-d', 'lon-d', 'nyc-d');
test.each<[string, World | undefined, World, readonly Asked[], RegExp | undefined]>([
  ['the first', undefined, empty, nothing, undefined],
  ['one VIP of two', two, vips('192.0.2.1'), nothing, undefined],
  ['both VIPs for others', two, vips('192.0.2.3'), nothing, /^2 of 2 VIPs/],
  ['both VIPs for others, as asked for', two, vips('192.0.2.3'), asked('service', 'web'), undefined],
  ['empty', six, empty, nothing, /^empty/],
  ['selected no more, as asked for', six, green, asked('service', 'web'), undefined],
  ['it was relabelled', six, empty, asked('realServer', 'fra-1'), undefined],
  ['no directors', six, noDirectors, nothing, /^no directors left/],
  ['no directors, all of them deleted', six, noDirectors, everyDirector, undefined],
  [
    'no directors, one of them deleted',
    six,
    noDirectors,
    asked('director', 'fra-d'),
    /^no directors left, while 2/,
  ],
  ['deleted', six, { ...six, services: [], directors: [], deletedServices: ['web'] }, nothing, undefined],
])('real server: %s', (_, previous, next, intent, expected) => {
  const content = (of: World) => realServerContent(of, realServer('fra-1'));
  const reason = implausibleForRealServer(previous && content(previous), content(next), intent);
  if (expected === undefined) expect(reason).toBeUndefined();
  else expect(reason).toMatch(expected);
});

test.each<[string, boolean, number | undefined, boolean]>([
  ['not insisted on', false, undefined, false],
  ['insisted on, by a coordinator that cannot say on what', true, undefined, true],
  ['the same, through the wire', true, 0, true],
  ['insisted on by name', true, 12, false],
])('unjudged: %s', (_, force, revision, expected) => {
  expect(isUnjudged({ force, ...(revision === undefined ? {} : { revision }) })).toBe(expected);
});
