import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IpvsTable, serviceId } from '../../src/domain/ipvs-table.ts';
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { PathState } from '../../src/domain/report.ts';
import type { Service } from '../../src/domain/resource.ts';
import { directorPlan, directorTable, type HealthView, ownsService } from '../../src/plan/director-table.ts';
import { diffIpvs } from '../../src/plan/ipvs-diff.ts';
import { directorContent } from '../../src/plan/snapshots.ts';
import { touchedServices } from '../../src/plan/touched.ts';
import { director, realServer, service, site, tcpKey, weightsAt, world } from './fixtures.ts';

const given = world();
const fra = director('fra-d');
/** It knows all that a service can say. */
const able = director('fra-d', { capabilities: ['service-tuning'] });
const content = directorContent(given, fra);

/** Everything is up and healthy but what is named. */
function health(
  paths: Record<string, PathState> = {},
  applications: Record<string, AppVerdict> = {},
): HealthView {
  return {
    path: (name) => paths[name] ?? paths['*'] ?? 'up',
    application: (name) => applications[name] ?? applications['*'] ?? 'healthy',
  };
}

const healthy = directorTable(content, health(), []);
const weights = (view: HealthView, actual: IpvsTable = healthy, of = content) =>
  weightsAt(directorTable(of, view, actual), '192.0.2.10');

describe('weights, from a healthy table', () => {
  const own = { '10.1.0.11': 100, '10.1.0.12': 100 };
  const lon = { '10.2.0.11': 0, '10.2.0.12': 0 };
  const nyc = { '10.3.0.11': 0, '10.3.0.12': 0 };
  const lost = { 'fra-1': 'down', 'fra-2': 'down' } as const;

  test.each<[string, HealthView, Record<string, number>]>([
    ['all healthy: the own site carries', health(), { ...own, ...lon, ...nyc }],
    ['one path down: weight 0', health({ 'fra-1': 'down' }), { ...own, '10.1.0.11': 0, ...lon, ...nyc }],
    [
      'one application down: weight 0',
      health({}, { 'fra-1': 'unhealthy' }),
      { ...own, '10.1.0.11': 0, ...lon, ...nyc },
    ],
    ['one gone: left out', health({ 'fra-1': 'gone' }), { '10.1.0.12': 100, ...lon, ...nyc }],
    [
      'the own site down: the nearest carries',
      health(lost),
      { '10.1.0.11': 0, '10.1.0.12': 0, '10.2.0.11': 100, '10.2.0.12': 100, ...nyc },
    ],
    [
      'two sites lost: the next carries',
      health({ ...lost, 'lon-1': 'gone' }, { 'lon-2': 'unhealthy' }),
      { '10.1.0.11': 0, '10.1.0.12': 0, '10.2.0.12': 0, '10.3.0.11': 100, '10.3.0.12': 100 },
    ],
    ['nothing known: as it is', health({ '*': 'unknown' }, { '*': 'unknown' }), { ...own, ...lon, ...nyc }],
    [
      'verdict not known, but it carries already',
      health({}, { 'fra-1': 'unknown' }),
      { ...own, ...lon, ...nyc },
    ],
  ])('%s', (_, view, expected) => {
    expect(weights(view)).toEqual(expected);
  });
});

describe('from an empty kernel', () => {
  test('nothing known: services without destinations, probe services complete', () => {
    const table = directorTable(content, health({ '*': 'unknown' }), []);
    expect(weightsAt(table, '192.0.2.10')).toEqual({});
    expect(table.filter(({ service: { key } }) => key.kind === 'mark')).toHaveLength(6);
  });

  test('where the order of destinations counts, all come at once: whom it has not heard at weight 0', () => {
    const hashed = directorContent(world({ services: [service({ scheduler: 'mh' })] }), able);
    const view = health({ '*': 'unknown', 'lon-1': 'up' }, { '*': 'unknown', 'lon-1': 'healthy' });
    const first = directorTable(hashed, view, []);
    expect(weightsAt(first, '192.0.2.10')).toEqual({
      ...{ '10.1.0.11': 0, '10.1.0.12': 0, '10.2.0.11': 60, '10.2.0.12': 0, '10.3.0.11': 0, '10.3.0.12': 0 },
    });
    // In a table that stands nobody is put whom it has not heard: a restart changes nothing.
    const standing = first.map((entry) => ({ ...entry, destinations: entry.destinations.slice(2, 3) }));
    expect(weights(view, standing, hashed)).toEqual({ '10.2.0.11': 60 });
  });

  test('path up, verdict not known: present at weight 0', () => {
    const view = health({ '*': 'unknown', 'fra-1': 'up' }, { '*': 'unknown' });
    expect(weights(view, [])).toEqual({ '10.1.0.11': 0 });
  });

  test('the own site still unknown, the next known: the next carries until the own is known', () => {
    const view = health({ 'fra-1': 'unknown', 'fra-2': 'unknown' });
    expect(weights(view, [])).toMatchObject({ '10.2.0.11': 100, '10.2.0.12': 100 });
  });
});

test('drained is 0 in its tier, also while nothing is known', () => {
  const drained = directorContent(
    { ...given, realServerPolicies: [{ kind: 'RealServer', name: 'fra-1', weight: 100, drain: true }] },
    fra,
  );
  expect(weights(health(), healthy, drained)).toMatchObject({ '10.1.0.11': 0, '10.1.0.12': 100 });
  expect(weights(health({ '*': 'unknown' }), healthy, drained)).toMatchObject({
    '10.1.0.11': 0,
    '10.1.0.12': 100,
  });
});

test('udp: what is down is left out at once, as its flows would stick to weight 0', () => {
  const udp = service({ ports: [{ protocol: 'udp', port: 53, targetPort: 53 }] });
  const dns = directorContent({ ...given, services: [udp] }, fra);
  expect(weights(health({ 'fra-1': 'down' }), [], dns)).not.toHaveProperty('10.1.0.11');
  expect(weights(health({}, { 'fra-1': 'unhealthy' }), [], dns)).not.toHaveProperty('10.1.0.11');
});

describe('restart', () => {
  const state = fc.constantFrom<PathState>('up', 'down', 'gone');
  const verdict = fc.constantFrom<AppVerdict>('healthy', 'unhealthy', 'unknown');
  const names = given.realServers.map(({ name }) => name);
  const record = <T>(value: fc.Arbitrary<T>) =>
    fc
      .tuple(...names.map(() => value))
      .map((all) => Object.fromEntries(names.map((name, i) => [name, all[i] as T])));
  const nothing = health({ '*': 'unknown' }, { '*': 'unknown' });
  const services = fc.constantFrom(
    service(),
    service({ scheduler: 'mh', placement: 'static' }),
    service({ ports: [{ protocol: 'udp', port: 53, targetPort: 53 }] }),
  );

  test('after any history, an agent that knows nothing wants exactly what is there', () => {
    fc.assert(
      fc.property(
        services,
        fc.array(fc.tuple(record(state), record(verdict)), { maxLength: 4 }),
        (web, history) => {
          const snapshot = directorContent({ ...given, services: [web] }, fra);
          let table: IpvsTable = [];
          for (const [paths, verdicts] of history)
            table = directorTable(snapshot, health(paths, verdicts), table);
          if (history.length > 0) expect(directorTable(snapshot, nothing, table)).toEqual(table);
        },
      ),
    );
  });

  test('what is wanted once it is there is wanted again: no second write', () => {
    fc.assert(
      fc.property(record(state), record(verdict), record(state), record(verdict), (p1, a1, p2, a2) => {
        const before = directorTable(content, health(p1, a1), []);
        const view = health(p2, a2);
        const after = directorTable(content, view, before);
        expect(diffIpvs(directorTable(content, view, after), after, () => true)).toEqual([]);
      }),
    );
  });

  test('somebody carries as long as anybody is healthy', () => {
    fc.assert(
      fc.property(record(state), record(verdict), (paths, verdicts) => {
        const isHealthy = names.some((name) => paths[name] === 'up' && verdicts[name] === 'healthy');
        const carried = Object.values(weights(health(paths, verdicts), [])).some((weight) => weight > 0);
        if (isHealthy) expect(carried).toBe(true);
      }),
    );
  });
});

describe('what stands in the table', () => {
  test('the way of each destination: direct on the link, IPIP and GRE elsewhere', () => {
    const [entry] = healthy;
    expect(
      entry?.destinations.map(
        ({ address, forwarding, tunnel }) => `${address} ${forwarding} ${tunnel?.type}`,
      ),
    ).toEqual([
      '10.1.0.11 direct undefined',
      '10.1.0.12 direct undefined',
      '10.2.0.11 tunnel ipip',
      '10.2.0.12 tunnel ipip',
      '10.3.0.11 tunnel gre',
      '10.3.0.12 tunnel gre',
    ]);
  });

  test('a probe service a real server and family, whatever the health', () => {
    const both = directorContent(
      { ...given, services: [service({ vips: ['192.0.2.10', '2001:db8::10'] })] },
      fra,
    );
    const marks = directorTable(both, health({ '*': 'gone' }), []).filter(
      ({ service: { key } }) => key.kind === 'mark',
    );
    expect(marks).toHaveLength(12);
    expect(marks[1]).toEqual({
      service: {
        key: { kind: 'mark', mark: 0x43570001, family: 'ipv6' },
        scheduler: 'rr',
        schedulerFlags: { fallback: false, port: false },
        persistenceSeconds: 0,
      },
      // IPv6 over IPv4 goes by tunnel only, also on a shared link.
      destinations: [
        {
          address: '10.1.0.11',
          port: 0,
          weight: 1,
          forwarding: 'tunnel',
          tunnel: { type: 'ipip', port: 0, checksum: false },
        },
      ],
    });
  });

  test.each([
    ['wrr', { fallback: false, port: false }],
    ['sh', { fallback: true, port: false }],
    ['mh', { fallback: true, port: true }],
  ] as const)('flags of %s', (scheduler, flags) => {
    const table = directorTable(
      directorContent({ ...given, services: [service({ scheduler })] }, fra),
      health(),
      [],
    );
    expect(table[0]?.service.schedulerFlags).toEqual(flags);
  });

  test.each(['dh', 'wrr'] as const)(
    'weight 0 under %s, which would refuse all clients of a VIP that it leads there, or not',
    (scheduler) => {
      const content = directorContent({ ...given, services: [service({ scheduler })] }, able);
      const weightsIn = (view: ReturnType<typeof health>) =>
        directorTable(content, view, [])[0]?.destinations.map(({ weight }) => weight) ?? [];
      const [some, none] = [health(), health({ '*': 'down' })].map(weightsIn);
      expect(some?.includes(0)).toBe(scheduler === 'wrr');
      expect(some?.some((weight) => weight > 0)).toBe(true);
      expect(none?.every((weight) => weight === 0)).toBe(true);
      expect(none?.length).toBeGreaterThan(0);
    },
  );

  test('what a service says of its treatment stands in every entry, and a changed word is an edit', () => {
    const tuning = {
      schedulerFlags: { fallback: true, port: false },
      persistencePrefix: { ipv4: 24, ipv6: 128 },
      thresholds: { upper: 1_000, lower: 0 },
    };
    const tableOf = (changes: Partial<Service>) =>
      directorTable(
        directorContent(
          { ...given, services: [service({ scheduler: 'mh', persistenceSeconds: 60, ...changes })] },
          able,
        ),
        health(),
        [],
      );
    const [entry] = tableOf({ tuning });
    expect(entry?.service).toMatchObject({ schedulerFlags: { port: false }, persistencePrefix: 24 });
    expect(entry?.destinations.map(({ thresholds }) => thresholds)).toEqual(
      entry?.destinations.map(() => tuning.thresholds),
    );
    const kinds = diffIpvs(tableOf({ tuning }), tableOf({}), () => true).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['edit-service', 'edit-destination']));
  });

  test('a director of before is told nothing that it does not know', () => {
    const [plain, known] = [fra, able].map(
      (director) =>
        directorContent(
          { ...given, services: [service({ scheduler: 'twos', tuning: { onePacket: true } })] },
          director,
        ).services[0],
    );
    expect(plain).toMatchObject({ scheduler: 'wrr' });
    expect(plain).not.toHaveProperty('tuning');
    expect(known).toMatchObject({ scheduler: 'twos', tuning: { onePacket: true } });
  });

  test('masquerade remaps the port, and leaves out VIPs of the other family', () => {
    const web = service({
      forwarding: 'masquerade',
      vips: ['192.0.2.10', '2001:db8::10'],
      ports: [{ protocol: 'tcp', port: 80, targetPort: 8080 }],
    });
    const table = directorTable(directorContent({ ...given, services: [web] }, fra), health(), []);
    expect(table[0]?.destinations.map(({ address, port }) => `${address} ${port}`)).toEqual([
      '10.1.0.11 8080',
      '10.1.0.12 8080',
    ]);
    expect(table[1]?.destinations).toEqual([]);
  });

  test('services by address, protocol and port; destinations by address', () => {
    const web = service({
      vips: ['2001:db8::1', '192.0.2.9', '10.0.0.1'],
      ports: [
        { protocol: 'udp', port: 443, targetPort: 443 },
        { protocol: 'tcp', port: 443, targetPort: 443 },
        { protocol: 'tcp', port: 80, targetPort: 80 },
      ],
    });
    const one = {
      sites: [site('fra')],
      realServers: [realServer('fra-b', { address: '10.1.0.9' }), realServer('fra-a')],
    };
    const table = directorTable(directorContent({ ...given, ...one, services: [web] }, fra), health(), []);
    const keys = table.flatMap(({ service: { key } }) =>
      key.kind === 'address' ? [`${key.address} ${key.protocol} ${key.port}`] : [],
    );
    expect(keys.slice(0, 4)).toEqual([
      '10.0.0.1 tcp 80',
      '10.0.0.1 tcp 443',
      '10.0.0.1 udp 443',
      '192.0.2.9 tcp 80',
    ]);
    expect(keys.at(-1)).toBe('2001:db8::1 udp 443');
    expect(table[0]?.destinations.map(({ address }) => address)).toEqual(['10.1.0.9', '10.1.0.11']);
  });
});

test('Causeway owns its VIPs and its marks, nothing else', () => {
  const vips = new Set(['192.0.2.10']);
  expect(ownsService(tcpKey('192.0.2.10', 9999), vips)).toBe(true);
  expect(ownsService(tcpKey('192.0.2.11', 80), vips)).toBe(false);
  expect(ownsService({ kind: 'mark', mark: 0x43570001, family: 'ipv4' }, vips)).toBe(true);
  expect(ownsService({ kind: 'mark', mark: 1, family: 'ipv4' }, vips)).toBe(false);
});

describe('each port and each VIP by itself', () => {
  const ports = [
    { protocol: 'tcp', port: 80, targetPort: 80 },
    { protocol: 'tcp', port: 443, targetPort: 443 },
    { protocol: 'udp', port: 443, targetPort: 443 },
  ] as const;
  const vips = ['192.0.2.10', '2001:db8::10'];
  const both = directorContent(
    { ...given, services: [service({ vips, ports })], realServers: [realServer('fra-1')] },
    fra,
  );
  const [fresh] = both.services.map(({ destinations }) => destinations.length);
  const lines = (view: HealthView, actual: IpvsTable = []) =>
    directorPlan(both, view, actual).table.flatMap(({ service: { key }, destinations }) =>
      key.kind === 'mark'
        ? []
        : `${serviceId(key)} ${destinations.map(({ weight }) => weight).join() || 'none'}`,
    );
  const allWell = directorTable(both, health(), []);

  test('a dead port takes the weight of its own virtual service alone', () => {
    expect(fresh).toBe(1);
    const view: HealthView = {
      ...health(),
      application: (_, __, { port, protocol }) =>
        protocol === 'udp' ? 'unchecked' : port === 443 ? 'unhealthy' : 'healthy',
    };
    expect(lines(view, allWell)).toEqual([
      'tcp 192.0.2.10:80 100',
      'tcp 192.0.2.10:443 0',
      'udp 192.0.2.10:443 100',
      'tcp [2001:db8::10]:80 100',
      'tcp [2001:db8::10]:443 0',
      'udp [2001:db8::10]:443 100',
    ]);
  });

  test('a VIP where nobody listens, or that nobody reaches, says nothing of the other', () => {
    const deaf: HealthView = {
      ...health(),
      application: (_, vip) => (vip === vips[1] ? 'unhealthy' : 'healthy'),
    };
    const lost: HealthView = { ...health(), path: (_, vip) => (vip === vips[1] ? 'unknown' : 'up') };
    const v4 = ['tcp 192.0.2.10:80 100', 'tcp 192.0.2.10:443 100', 'udp 192.0.2.10:443 100'];
    expect(lines(deaf)).toEqual([
      ...v4,
      'tcp [2001:db8::10]:80 0',
      'tcp [2001:db8::10]:443 0',
      'udp [2001:db8::10]:443 none',
    ]);
    expect(lines(lost)).toEqual([
      ...v4,
      'tcp [2001:db8::10]:80 none',
      'tcp [2001:db8::10]:443 none',
      'udp [2001:db8::10]:443 none',
    ]);
    expect(directorPlan(both, deaf, []).servable).toEqual(new Set([vips[0]]));
  });

  test('a port that nobody checks carries where the way is up, also at first', () => {
    const view = (path: PathState): HealthView => ({ path: () => path, application: () => 'unchecked' });
    expect(lines(view('up'))[2]).toBe('udp 192.0.2.10:443 100');
    expect(lines(view('unknown'))[2]).toBe('udp 192.0.2.10:443 none');
    expect(lines(view('gone'), allWell)[2]).toBe('udp 192.0.2.10:443 100');
  });
});

describe('a decision about a part', () => {
  const ports = [80, 443].map((port) => ({ protocol: 'tcp' as const, port, targetPort: port }));
  const services = [service({ ports }), service({ name: 'shop', vips: ['192.0.2.11'] })];
  const many = directorContent({ ...given, services }, fra);
  const ids = directorTable(many, health(), []).flatMap(({ service: { key } }) =>
    key.kind === 'mark' ? [] : serviceId(key),
  );

  test('is that of the whole, as far as it goes', () => {
    const states = fc.dictionary(
      fc.constantFrom('fra-1', 'fra-2', 'lon-1', 'lon-2'),
      fc.constantFrom<PathState>('up', 'down', 'gone', 'unknown'),
    );
    const verdicts = fc.dictionary(
      fc.constantFrom('fra-1', 'fra-2', 'lon-1', 'lon-2'),
      fc.constantFrom<AppVerdict>('healthy', 'unhealthy', 'unknown', 'unchecked'),
    );
    fc.assert(
      fc.property(states, states, verdicts, fc.subarray(ids), (was, now, said, touched) => {
        const before = directorPlan(many, health(was), []);
        const whole = directorPlan(many, health(now, said), before.table);
        const part = { ids: new Set(touched), served: before.served };
        const actual = before.table.filter(({ service: { key } }) => touched.includes(serviceId(key)));
        const decided = directorPlan(many, health(now, said), actual, undefined, part);
        expect(decided.table).toEqual(
          whole.table.filter(({ service: { key } }) => touched.includes(serviceId(key))),
        );
        for (const id of ids)
          expect(decided.served.get(id)).toBe((touched.includes(id) ? whole : before).served.get(id));
      }),
    );
  });

  test('concerns those in which the real server stands, or the ports of the service that changed', () => {
    expect(touchedServices(many, { realServer: 'fra-1' })).toEqual(ids);
    expect(touchedServices(many, { realServer: 'stranger' })).toEqual([]);
    const ends = { service: 'web', ports: ports.slice(1) };
    expect(touchedServices(many, { realServer: 'fra-1', ends })).toEqual(['tcp 192.0.2.10:443']);
    expect(touchedServices(many, { realServer: 'fra-1', ends: { ...ends, service: 'none' } })).toEqual([]);
  });
});
