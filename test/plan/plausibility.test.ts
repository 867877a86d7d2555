import { describe, expect, test } from 'vitest';
import type { Asked } from '../../src/domain/asked.ts';
import type { World } from '../../src/domain/world.ts';
import {
  type FoundOnHost,
  implausible,
  implausibleAtFirst,
  implausibleBesideMade,
  implausibleForRealServer,
  isUnjudged,
} from '../../src/plan/plausibility.ts';
import { type RealServerFacts, realServerHost } from '../../src/plan/real-server-host.ts';
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

describe('without a snapshot on disk', () => {
  const vips = ['192.0.2.10'];
  const destinations = ['10.1.0.11', '10.1.0.12', '10.2.0.11'].map((address) => `192.0.2.10 ${address}`);
  const realServer1 = (of: World) => realServerContent(of, realServer('fra-1'));

  test.each<[string, FoundOnHost, ReturnType<typeof director1 | typeof realServer1>, RegExp | undefined]>([
    ['nothing is carried', { vips: [] }, director1(empty), undefined],
    ['what is carried stays', { vips, destinations }, director1(six), undefined],
    ['all would go', { vips, destinations }, director1(empty), /^empty, while this host carries a VIP/],
    ['all VIPs would be others', { vips: ['192.0.2.77'] }, director1(six), /^1 of 1 VIPs would go at once/],
    [
      'most destinations would go',
      { vips, destinations: [...destinations, ...['1', '2', '3', '4'].map((n) => `192.0.2.10 10.9.0.${n}`)] },
      director1(six),
      /^4 of 7 destinations would go at once/,
    ],
    ['a real server keeps its VIP', { vips, directors: ['10.1.0.1'] }, realServer1(six), undefined],
    ['a real server would lose it', { vips }, realServer1(empty), /^empty, while this host carries a VIP/],
    [
      'nobody would be let in any more',
      { vips, directors: ['10.1.0.1'] },
      realServer1({ ...six, directors: [] }),
      /^no directors left, while this host lets 1 in/,
    ],
  ])('%s', (_, found, next, reason) => {
    const verdict = implausibleAtFirst(found, next);
    if (reason === undefined) expect(verdict).toBeUndefined();
    else expect(verdict).toMatch(reason);
  });
});

test('a real server beside somebody else’s tunnel keeps its VIP, however many devices of directors it has', () => {
  const next = realServerContent(six, realServer('fra-1'));
  const facts: RealServerFacts = {
    ...{ address: '10.1.0.11', link: 'eth0', mtuBytes: 1_500, networks: [], isStrict: false },
    ...{ elsewhere: [], clientsElsewhere: false, openTunnels: ['ipip'] },
    ipv6: 'on',
  };
  const made = realServerHost(next, facts);
  expect(made.addresses.length).toBeGreaterThan(2);
  expect(implausibleBesideMade(made, { ...next, force: false })).toBeUndefined();
  expect(
    implausibleBesideMade(made, { ...realServerContent(empty, realServer('fra-1')), force: false }),
  ).toMatch(/^empty, while this host carries a VIP /);
});

describe('made from an older store than what is in force', () => {
  const two: World = { ...six, services: [...six.services, service({ name: 'api', vips: ['192.0.2.11'] })] };
  const fra1 = (of: World) => realServerContent(of, realServer('fra-1'));

  test.each<[string, World, World, readonly Asked[], RegExp | undefined]>([
    ['the same', two, two, nothing, undefined],
    ['more than there was', six, two, nothing, undefined],
    [
      'one real server is missing',
      six,
      keeping(5),
      nothing,
      /^1 of 6 destinations would go, by the word of a/,
    ],
    [
      'one service is missing',
      two,
      six,
      nothing,
      /older than what is in force: it was emptied, or is an old/,
    ],
    ['what is missing was insisted on', two, six, asked('service', 'api'), undefined],
  ])('%s', (_, before, after, told, reason) => {
    const found = implausible(director1(before), director1(after), told, true);
    if (reason === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(reason);
  });

  test('a real server loses neither a service nor a director by it', () => {
    expect(implausibleForRealServer(fra1(two), fra1(two), nothing, true)).toBeUndefined();
    expect(implausibleForRealServer(fra1(two), fra1(six), nothing, true)).toMatch(
      /^1 of 2 VIPs would go, by/,
    );
    const fewer: World = { ...six, directors: six.directors.slice(1) };
    expect(implausibleForRealServer(fra1(six), fra1(fewer), nothing, true)).toMatch(/directors would go, by/);
    expect(implausibleForRealServer(fra1(six), fra1(fewer), nothing)).toBeUndefined();
  });
});
