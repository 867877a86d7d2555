import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import type { Resource } from '../../src/domain/resource.ts';
import { type Admin, whicheverAnswers } from '../../src/lab/admins.ts';
import { ControlLog, controlEvent } from '../../src/lab/control-log.ts';
import { unexpectedTroubles } from '../../src/lab/control-signs.ts';
import { blackholeOf, type Cut, cutsOf } from '../../src/lab/cuts.ts';
import { Declared } from '../../src/lab/declared.ts';
import { fitness } from '../../src/lab/fitness.ts';
import { parseScenario } from '../../src/lab/scenario.ts';
import { sightings } from '../../src/lab/sightings.ts';
import { planTopology } from '../../src/lab/topology.ts';

const text = `apiVersion: causeway/v1
kind: Scenario
name: three
sites:
  - { name: fra, coordinators: 1, etcd: 1 }
  - { name: lon, coordinators: 1, etcd: 1, sharedLink: true }
  - { name: nyc, coordinators: 1, etcd: 1 }
wan:
  - { between: [fra, lon], rttMs: 14 }
  - { between: [fra, nyc], rttMs: 82 }
  - { between: [lon, nyc], rttMs: 70 }
load: { url: 'http://192.0.2.10/', newConnectionsPerSecond: 5, longLived: 1 }
---
apiVersion: causeway/v1
kind: Site
metadata: { name: fra }
spec: { tunnel: { type: ipip } }
`;
const { scenario } = parseScenario(text, 'three.yaml');
if (scenario === undefined) throw new Error('the scenario of the test has a mistake');
const topology = planTopology(scenario);

const cut = (one: string, other: string, oneWay = false): Cut[] =>
  cutsOf({ kind: 'cut', between: [one, other], oneWay }, topology, 'fra-c1');

describe('a cut', () => {
  it.each([
    [
      'of a site loses all that a router gets from the other',
      cut('fra', 'others'),
      [
        'lon-router: iif wan-fra',
        'fra-router: iif wan-lon',
        'nyc-router: iif wan-fra',
        'fra-router: iif wan-nyc',
      ],
    ],
    ['may be one way', cut('fra', 'lon', true), ['lon-router: iif wan-fra']],
    [
      'of the leader from etcd loses what bears their addresses, in the same site as well',
      cut('leader', 'etcd', true),
      [
        'fra-router: from 10.1.201.2 to 10.1.211.2',
        'fra-router: from 10.1.201.2 to 10.2.0.211',
        'fra-router: from 10.1.201.2 to 10.3.211.2',
      ],
    ],
    [
      'of a host from a site, both ways',
      cut('nyc-d1', 'fra'),
      ['nyc-router: from 10.3.1.2 to 10.1.0.0/16', 'nyc-router: from 10.1.0.0/16 to 10.3.1.2'],
    ],
  ])('%s', (_, cuts, expected) => {
    const holes = cuts.map((one) => blackholeOf(one, topology));
    expect(holes.map(({ namespace, selector }) => `${namespace}: ${selector}`)).toEqual(expected);
  });

  it('needs a router in between, and somebody at its ends', () => {
    expect(() => blackholeOf({ from: 'lon-c1', to: 'lon-e1' }, topology)).toThrow('share a link');
    const fault = { kind: 'cut', between: ['leader', 'etcd'], oneWay: false } as const;
    expect(() => cutsOf({ ...fault, between: ['leader', 'etcd'] }, topology, undefined)).toThrow('nobody');
  });
});

describe('fit is who lives and reaches a majority of etcd', () => {
  it.each<[string, string[], Cut[], string[], string[]]>([
    ['all, where all is well', [], [], ['fra-c1', 'lon-c1', 'nyc-c1'], []],
    ['all, without one member', ['fra-e1'], [], ['fra-c1', 'lon-c1', 'nyc-c1'], []],
    ['nobody, without two', ['fra-e1', 'lon-e1'], [], [], ['fra-c1', 'lon-c1', 'nyc-c1']],
    ['whoever lives', ['lon-c1'], [], ['fra-c1', 'nyc-c1'], []],
    ['nobody whose site is cut off', [], cut('fra', 'others'), ['lon-c1', 'nyc-c1'], ['fra-c1']],
    ['nobody who hears no member', [], cut('etcd', 'leader', true), ['lon-c1', 'nyc-c1'], ['fra-c1']],
    ['whoever reaches some way round', [], cut('fra', 'lon'), ['fra-c1', 'lon-c1', 'nyc-c1'], []],
  ])('%s', (_, dead, cuts, fit, unfit) => {
    expect(fitness(topology, (name) => !dead.includes(name), cuts)).toMatchObject({ fit, unfit });
  });
});

describe('the logs of coordinators', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-control-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const files = new Map(['fra-c1', 'lon-c1'].map((name) => [name, join(folder, name)]));
  const begun = Date.now();
  const line = (time: number, msg: string, more: object = {}): string =>
    `${JSON.stringify({ level: 30, time: begun + time, msg, ...more })}\n`;

  it('tell who leads and who owns which site, also where whoever led could say nothing any more', () => {
    const log = new ControlLog(files);
    expect(log.leader()).toBeUndefined();
    const fra = line(1_000, 'leads', { epoch: 7 }) + line(1_100, 'owns site', { site: 'fra', epoch: 7 });
    writeFileSync(files.get('fra-c1') ?? '', `${fra}{"msg":"snapshot sent"}\n`);
    expect([log.leader(), log.ownerOf('fra'), log.ownerOf('lon')]).toEqual(['fra-c1', 'fra-c1', undefined]);

    const lon = line(12_000, 'leads', { epoch: 9 }) + line(12_500, 'owns site', { site: 'fra', epoch: 8 });
    writeFileSync(files.get('lon-c1') ?? '', lon + line(20_000, 'owns site no more', { site: 'fra' }));
    expect([log.leader(), log.ownerOf('fra')]).toEqual(['lon-c1', undefined]);
    expect(
      sightings(log.between(begun + 2_000, begun + 30_000), {
        injectedAtMs: begun + 1_500,
        restoredAtMs: begun + 18_000,
      }),
    ).toEqual([
      'lon-c1 leads after 10.5 s',
      'lon-c1 owns fra after 11.0 s',
      'lon-c1 owns fra no more 2.0 s after the end of the fault',
    ]);
    log.close();
  });

  it('are believed by when they are read where their clock is days off', () => {
    const said = line(86_400_000, 'leads', { epoch: 7 });
    expect(controlEvent('fra-c1', said, 5_000)).toMatchObject({ atMs: 5_000, epoch: 7 });
    expect(controlEvent('fra-c1', said, begun + 86_400_500)).toMatchObject({ atMs: begun + 86_400_000 });
  });
});

/** A coordinator's store of one's own; `away`: it does not answer. */
function fakeAdmin(): { admin: Admin; kept: Map<string, Resource>; away: boolean; asked: number } {
  const fake = {
    kept: new Map<string, Resource>(),
    away: false,
    asked: 0,
    admin: {
      async apply(resources: readonly Resource[]) {
        answer();
        for (const one of resources) fake.kept.set(one.name, one);
        return { problems: [], outcomes: [] };
      },
      async list() {
        answer();
        return { resources: [...fake.kept.values()], revision: 1 };
      },
    } as unknown as Admin,
  };
  function answer(): void {
    fake.asked += 1;
    if (fake.away) throw new CausewayError({ code: 'unavailable', operation: 'ask', message: 'nobody' });
  }
  return fake;
}

const site = (name: string): Resource => ({ kind: 'Site', name, tunnel: 'gre' });

describe('an operator of the lab', () => {
  it('asks the next coordinator where one does not answer, and stays with it', async () => {
    const [first, second] = [fakeAdmin(), fakeAdmin()];
    const any = whicheverAnswers([first.admin, second.admin]);
    first.away = true;
    await any.apply([site('fra')]);
    await any.list();
    expect([first.asked, second.asked]).toEqual([1, 2]);
    second.away = true;
    await expect(any.list()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('finds what was lost, what came from nowhere, and what nobody took', async () => {
    const fake = fakeAdmin();
    fake.kept.set('fra', site('fra'));
    const declared = new Declared();
    await declared.begin(fake.admin);
    expect(await declared.change(fake.admin)).toBeUndefined();
    expect(await declared.lost(fake.admin)).toBe('');

    fake.away = true;
    expect(await declared.change(fake.admin)).toContain('nobody');
    fake.away = false;
    expect(await declared.lost(fake.admin)).toBe('');

    fake.kept.delete('nobody');
    fake.kept.set('lon', site('lon'));
    fake.kept.set('fra', { ...site('fra'), tunnel: 'ipip' } as Resource);
    expect(await declared.lost(fake.admin)).toBe(
      'the change applied last was the 2., the one in force is the 0., Site/fra is another, Site/lon came from nowhere',
    );
  });
});

describe('troubles of a coordinator of the lab', () => {
  const troubles = [
    'it speaks plaintext, and believes whoever says who he is',
    "the clock of this coordinator's host was stepped forward by 86400 s: the time of before is counted on",
    'the store cannot be written',
  ];

  it('are none where the lab has set its clock and it says so', () => {
    expect(unexpectedTroubles(troubles, true)).toEqual(troubles.slice(2));
  });

  it('are some where it says so and the lab has not', () => {
    expect(unexpectedTroubles(troubles, false)).toEqual(troubles.slice(1));
  });
});
