// What is believed of return paths, and what a service that requires the proof makes of it.
import { describe, expect, test } from 'vitest';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { Service } from '../../src/domain/resource.ts';
import type { ReturnPathRecord, ReturnPathReport } from '../../src/domain/return-path.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { checkResources } from '../../src/plan/check-resources.ts';
import { returnPathStatuses } from '../../src/plan/observe/return-path-status.ts';
import { explainedOrders } from '../../src/plan/optimal/explain-orders.ts';
import { orderSentences } from '../../src/plan/optimal/order-text.ts';
import { firstReturnPath, returnPathChanges, returnPathOrders } from '../../src/plan/return-paths.ts';
import { service, world } from './fixtures.ts';

const four = '192.0.2.10';
const six = '2001:db8::10';
const nowMs = 1_000_000;

function word(name: string, ...returnPaths: ReturnPathReport[]) {
  return { name, report: { ...emptyReport, returnPaths } };
}

function heard(realServer: string, ...vips: string[]): ReturnPathReport {
  return { realServer, heard: vips, silent: [] };
}

function silent(realServer: string, ...vips: string[]): ReturnPathReport {
  return { realServer, heard: [], silent: vips };
}

function record(realServer: string, changes: Partial<ReturnPathRecord> = {}): ReturnPathRecord {
  return { realServer, proved: [], refuted: [], sinceMs: 0, ...changes };
}

const proved = (name: string) => record(name, { proved: [four] });
const unheard = (name: string) =>
  record(name, { proved: [four], deaf: [{ director: 'lon-d', vips: [four] }] });
const refuted = (name: string) => record(name, { refuted: [four] });
const fresh = (name: string) => record(name, { isNew: true, sinceMs: nowMs - 10_000 });
/** As `sinceMs`: when it last changed. */
const changedTo = (made: ReturnPathRecord) => ({ kind: 'put', record: { ...made, sinceMs: nowMs } });

describe('what is believed', () => {
  test.each([
    ['heard: proved', [], [word('lon-d', heard('fra-1', four))], [changedTo(proved('fra-1'))]],
    ['silent: refuted', [], [word('lon-d', silent('fra-1', four))], [changedTo(refuted('fra-1'))]],
    ['proved stands while it is heard', [proved('fra-1')], [word('lon-d', heard('fra-1', four))], []],
    ['proved stands while no collector is there', [proved('fra-1')], [], []],
    [
      'proved stands while nobody hears the real server',
      [proved('fra-1')],
      [word('lon-d', heard('fra-2', four))],
      [changedTo(proved('fra-2'))],
    ],
    [
      'proved is refuted by silence while the host itself is heard',
      [proved('fra-1')],
      [word('lon-d', silent('fra-1', four))],
      [changedTo(refuted('fra-1'))],
    ],
    [
      'one collector that hears it outweighs one that does not, which is noted',
      [proved('fra-1')],
      [word('lon-d', silent('fra-1', four)), word('nyc-d', heard('fra-1', four))],
      [{ kind: 'put', record: unheard('fra-1') }],
    ],
    [
      'and proves nothing by the same silence when the other one is lost',
      [unheard('fra-1')],
      [word('lon-d', silent('fra-1', four))],
      [],
    ],
    [
      'nor is forgotten while it is lost itself',
      [unheard('fra-1')],
      [word('nyc-d', heard('fra-1', four))],
      [],
    ],
    [
      'until it hears',
      [unheard('fra-1')],
      [word('lon-d', heard('fra-1', four))],
      [{ kind: 'put', record: proved('fra-1') }],
    ],
    [
      'and the other one falls silent too',
      [unheard('fra-1')],
      [word('lon-d', silent('fra-1', four)), word('nyc-d', silent('fra-1', four))],
      [changedTo(refuted('fra-1'))],
    ],
    ['refuted stands without a word', [refuted('fra-1')], [], []],
    [
      'refuted until it is heard',
      [refuted('fra-1')],
      [word('lon-d', heard('fra-1', four))],
      [changedTo(proved('fra-1'))],
    ],
    ['a VIP that it does not carry is nothing', [], [word('lon-d', heard('fra-1', '192.0.2.99'))], []],
    ['nor is a real server that is none', [], [word('lon-d', heard('who', four))], []],
    [
      'what it no longer carries is forgotten',
      [record('fra-1', { proved: [four, six] })],
      [],
      [changedTo(proved('fra-1'))],
    ],
    ['who has left is forgotten', [proved('gone-1')], [], [{ kind: 'delete', realServer: 'gone-1' }]],
    ['a new one waits', [fresh('fra-1')], [], []],
    [
      'from when it carries a VIP',
      [record('fra-1', { isNew: true })],
      [],
      [changedTo(record('fra-1', { isNew: true }))],
    ],
    [
      'until it is heard',
      [fresh('fra-1')],
      [word('lon-d', heard('fra-1', four))],
      [changedTo(proved('fra-1'))],
    ],
    ['or is not', [fresh('fra-1')], [word('lon-d', silent('fra-1', four))], [changedTo(refuted('fra-1'))]],
    [
      'and no longer than a minute where nobody can hear it',
      [record('fra-1', { isNew: true, sinceMs: nowMs - 60_000 })],
      [],
      [{ kind: 'delete', realServer: 'fra-1' }],
    ],
  ] as const)('%s', (_, returnPaths, words, expected) => {
    const { services, realServers } = world();
    expect(atOnce(returnPathChanges({ services, realServers, returnPaths }, words, nowMs))).toEqual(expected);
  });

  test('a new one waits for all of its VIPs', () => {
    const { realServers } = world();
    const services = [service({ vips: [four, six] })];
    const words = [word('lon-d', heard('fra-1', four))];
    const before = fresh('fra-1');
    const changes = atOnce(returnPathChanges({ services, realServers, returnPaths: [before] }, words, nowMs));
    expect(changes).toEqual([{ kind: 'put', record: { ...before, proved: [four] } }]);
  });
});

test('one that carries nothing has nothing to show, however long', () => {
  const { realServers } = world();
  const returnPaths = [record('fra-1', { isNew: true })];
  expect(atOnce(returnPathChanges({ services: [], realServers, returnPaths }, [], nowMs))).toEqual([]);
});

test.each([
  ['it and a director elsewhere know it', 'fra', ['return-path'], ['return-path'], true],
  ['the director is of its own site', 'lon', ['return-path'], ['return-path'], false],
  ['its agent is one of before', 'fra', [], ['return-path'], false],
  ['the director’s is', 'fra', ['return-path'], [], false],
])('a new real server begins as one that waits: %s', (_, site, own, directors, expected) => {
  const lon = {
    role: 'director',
    name: 'lon-d',
    site: 'lon',
    address: '10.2.0.2',
    prefixLength: 24,
  } as const;
  const members = [{ ...lon, capabilities: directors }];
  const first = firstReturnPath({ name: 'x', site, capabilities: own }, members, []);
  expect(first).toEqual(expected ? record('x', { isNew: true }) : undefined);
});

test.each([
  ['hears it', 'lon', ['10.9.0.2'], true],
  ['hears nothing', 'lon', [], false],
  ['is of its own site', 'fra', ['10.9.0.2'], false],
])('where a coordinator alone %s, a new real server waits: %s %j %s', (_, site, hearsAt, expected) => {
  const coordinator = { name: 'c1', site, address: '10.9.0.2:7400', hearsAt };
  const first = firstReturnPath({ name: 'x', site: 'fra', capabilities: ['return-path'] }, [], [coordinator]);
  expect(first).toEqual(expected ? record('x', { isNew: true }) : undefined);
});

describe('who gets no new connections of a service that requires the proof', () => {
  function barred(returnPaths: readonly ReturnPathRecord[], changes: Partial<Service> = {}): string[] {
    const services = [service({ requireReturnPath: true, ...changes })];
    return returnPathOrders({ ...world(), services, returnPaths })
      .map(({ subject }) => `${subject.kind} ${subject.name}`)
      .toSorted();
  }
  const all = ['fra-1', 'fra-2', 'lon-1', 'lon-2', 'nyc-1', 'nyc-2'];

  test.each([
    ['nothing is known of anybody: nobody', [], []],
    ['all have shown it: nobody', all.map(proved), []],
    ['one is refuted', [refuted('fra-1'), proved('fra-2')], ['realServer fra-1']],
    ['all of a site are', [refuted('fra-1'), refuted('fra-2'), proved('lon-1')], ['site fra']],
    ['nobody has shown it: the last that may serve keep their connections', all.map(refuted), []],
    ['a new one that has yet to show it', [fresh('fra-1'), proved('fra-2')], ['realServer fra-1']],
    ['new ones alone: nobody serves before', all.map(fresh), ['site fra', 'site lon', 'site nyc']],
    ['an agent of before, beside one that has shown it: nobody', [proved('fra-1')], []],
  ] as const)('%s', (_, records, expected) => {
    expect(barred(records)).toEqual(expected);
  });

  test('of a service that does not require it nobody', () => {
    const services = [service()];
    expect(
      returnPathOrders({ ...world(), services, returnPaths: [refuted('fra-1'), proved('fra-2')] }),
    ).toEqual([]);
  });

  test('one VIP of two is enough, where others have shown both', () => {
    const whole = (name: string) => record(name, { proved: [four, six] });
    const half = record('fra-1', { proved: [four], refuted: [six] });
    expect(barred([half, whole('fra-2')], { vips: [four, six] })).toEqual(['realServer fra-1']);
    expect(barred([half, { ...half, realServer: 'fra-2' }], { vips: [four, six] })).toEqual([]);
  });

  test('the order says why', () => {
    const services = [service({ requireReturnPath: true })];
    const [order] = returnPathOrders({
      ...world(),
      services,
      returnPaths: [refuted('fra-1'), proved('fra-2')],
    });
    expect(order).toMatchObject({ order: { kind: 'drain' }, services: ['web'], owner: 'causeway' });
    const explained = explainedOrders(order === undefined ? [] : [order], 'web', [], ['fra-1']);
    expect(orderSentences(explained, 0)).toEqual([
      'Override return-path-web-fra-1: drain of real server fra-1, by causeway (what it sends from a VIP of the service does not get out ' +
        'of its site, and the service requires that (requireReturnPath)) as long as it is so.',
    ]);
  });
});

describe('status, by site and VIP', () => {
  test.each([
    ['unknown', [], { state: 'unknown', unknown: 2 }],
    ['waiting', [fresh('fra-1')], { state: 'waiting', unknown: 2 }],
    ['proved by one', [proved('fra-1')], { state: 'proved', proved: 1, unknown: 1 }],
    [
      'partly',
      [proved('fra-1'), refuted('fra-2')],
      { state: 'partly', proved: 1, refuted: 1, refutedAt: ['fra-2'], unheardBy: ['lon-d'] },
    ],
    [
      'refuted',
      [refuted('fra-1'), refuted('fra-2')],
      { state: 'refuted', refuted: 2, refutedAt: ['fra-1', 'fra-2'], unheardBy: ['lon-d'] },
    ],
  ] as const)('%s', (_, returnPaths, expected) => {
    const words = [word('lon-d', silent('fra-2', four))];
    const [fra] = atOnce(returnPathStatuses({ ...world(), returnPaths }, words));
    expect(fra).toMatchObject({ site: 'fra', vip: four, ...expected });
  });
});

test('a VIP that is a network is shown by its network, and known by the address at which it is asked', () => {
  const network = '192.0.2.0/28';
  const services = [service({ vips: [network] })];
  const returnPaths = [
    record('fra-1', { proved: ['192.0.2.1'] }),
    record('fra-2', { refuted: ['192.0.2.1'] }),
  ];
  const words = [word('lon-d', silent('fra-2', '192.0.2.1'))];
  const [fra] = atOnce(returnPathStatuses({ ...world(), services, returnPaths }, words));
  expect(fra).toMatchObject({ vip: network, state: 'partly', refutedAt: ['fra-2'], unheardBy: ['lon-d'] });
});

test('where nobody could hear it, whoever requires it is warned', () => {
  const base = world();
  const services = [service({ requireReturnPath: true })];
  const paths = (capable: readonly string[]) => {
    const directors = base.directors.map((one) =>
      capable.includes(one.name) ? { ...one, capabilities: ['return-path'] } : one,
    );
    return atOnce(checkResources({ ...base, services, directors }, services))
      .filter(({ path }) => path === 'spec.requireReturnPath')
      .map(({ expected, mayCome }) => [/another site than (.*) that/.exec(expected)?.[1], mayCome]);
  };
  expect(paths([])).toEqual([['fra, lon, nyc', true]]);
  expect(paths(['fra-d'])).toEqual([['fra', true]]);
  expect(paths(['fra-d', 'lon-d'])).toEqual([]);
});
