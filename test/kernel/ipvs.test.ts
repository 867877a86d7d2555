// Does what we write arrive in the kernel's IPVS table as ipvsadm sees it, and is it read back unchanged?
import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Destination,
  destinationId,
  type IpvsOperation,
  type IpvsTable,
  type ServiceState,
  schedulers,
  serviceId,
  type VirtualService,
  type VirtualServiceKey,
} from '../../src/domain/ipvs-table.ts';
import { createIpvs, type Ipvs } from '../../src/kernel/ipvs/ipvs.ts';

let ipvs: Ipvs;

beforeAll(async () => {
  // While it is down, every IPv4 address counts as a broadcast address, which IPVS refuses as a destination.
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  ipvs = await createIpvs();
});

beforeEach(() => {
  execFileSync('ipvsadm', ['-C']);
});

afterAll(() => ipvs.close());

function ipvsadm(...words: string[]): string {
  return execFileSync('ipvsadm', words, { encoding: 'utf8' });
}

const web: VirtualServiceKey = { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 };

function service(key: VirtualServiceKey, changes: Partial<VirtualService> = {}): VirtualService {
  const schedulerFlags = { fallback: false, port: false };
  return { key, scheduler: 'wrr', schedulerFlags, persistenceSeconds: 0, ...changes };
}

function tunnelTo(address: string, port: number, weight: number): Destination {
  return { address, port, weight, forwarding: 'tunnel', tunnel: { type: 'ipip', port: 0, checksum: false } };
}

function adding(table: IpvsTable): IpvsOperation[] {
  return table.flatMap(({ service, destinations }): IpvsOperation[] => [
    { kind: 'add-service', service },
    ...destinations.map(
      (destination) => ({ kind: 'add-destination', key: service.key, destination }) as const,
    ),
  ]);
}

/** What was read, as it was written: without counters, destinations oldest first. */
function asWritten(states: readonly ServiceState[]): IpvsTable {
  return states.map(({ service, destinations }) => ({
    service,
    destinations: destinations
      .map(({ address, port, weight, forwarding, tunnel }) => ({
        address,
        port,
        weight,
        forwarding,
        ...(tunnel === undefined ? {} : { tunnel }),
      }))
      .reverse(),
  }));
}

const everyKind: IpvsTable = [
  {
    service: service({ kind: 'mark', mark: 0x4357_0001, family: 'ipv4' }, { scheduler: 'rr' }),
    destinations: [tunnelTo('10.1.0.2', 0, 1)],
  },
  {
    service: service({ kind: 'mark', mark: 0x4357_0001, family: 'ipv6' }, { scheduler: 'rr' }),
    destinations: [tunnelTo('2001:db8:1::2', 0, 1)],
  },
  {
    service: service(web, { scheduler: 'mh', schedulerFlags: { fallback: true, port: true } }),
    destinations: [
      tunnelTo('10.1.0.2', 80, 100),
      {
        ...tunnelTo('10.1.0.3', 80, 0),
        tunnel: { type: 'gre', port: 0, checksum: true },
      },
      {
        ...tunnelTo('10.1.0.4', 80, 2 ** 31 - 1),
        tunnel: { type: 'gue', port: 6080, checksum: true },
      },
      { ...tunnelTo('10.1.0.5', 80, 7), tunnel: { type: 'gue', port: 65535, checksum: false } },
      // A tunnel carries an IPv4 service to an IPv6 real server.
      tunnelTo('2001:db8:1::9', 80, 3),
      { address: '10.1.0.6', port: 80, weight: 9, forwarding: 'direct' },
      { address: '10.1.0.7', port: 8080, weight: 9, forwarding: 'masquerade' },
    ],
  },
  {
    service: service(
      { kind: 'address', protocol: 'tcp', address: '2001:db8:a::10', port: 443 },
      { scheduler: 'sh', schedulerFlags: { fallback: true, port: false }, persistenceSeconds: 300 },
    ),
    destinations: [
      tunnelTo('2001:db8:1::2', 443, 5),
      tunnelTo('10.1.0.2', 443, 6),
      { address: '2001:db8:1::3', port: 443, weight: 7, forwarding: 'direct' },
    ],
  },
  {
    service: service(
      { kind: 'address', protocol: 'udp', address: '192.0.2.10', port: 53 },
      { persistenceSeconds: 1 },
    ),
    destinations: [tunnelTo('10.1.0.2', 53, 1)],
  },
];

describe('write, then read', () => {
  test('every kind of service and destination comes back as it was written', async () => {
    expect(await ipvs.apply(adding(everyKind))).toEqual([]);
    expect(asWritten(await ipvs.read())).toEqual(everyKind);
  });

  test('ipvsadm sees the same', async () => {
    await ipvs.apply(adding(everyKind));
    expect(ipvsadm('-Sn').split('\n').filter(Boolean).sort()).toEqual(
      [
        '-A -f 1129775105 -s rr',
        '-a -f 1129775105 -r 10.1.0.2:0 -i -w 1 --tun-type ipip',
        '-A -f 1129775105 -6 -s rr',
        '-a -f 1129775105 -6 -r [2001:db8:1::2]:0 -i -w 1 --tun-type ipip',
        '-A -t 192.0.2.10:80 -s mh -b mh-fallback,mh-port',
        '-a -t 192.0.2.10:80 -r 10.1.0.2:80 -i -w 100 --tun-type ipip',
        '-a -t 192.0.2.10:80 -r 10.1.0.3:80 -i -w 0 --tun-type gre --tun-csum',
        '-a -t 192.0.2.10:80 -r 10.1.0.4:80 -i -w 2147483647 --tun-type gue --tun-port 6080 --tun-csum',
        '-a -t 192.0.2.10:80 -r 10.1.0.5:80 -i -w 7 --tun-type gue --tun-port 65535 --tun-nocsum',
        '-a -t 192.0.2.10:80 -r [2001:db8:1::9]:80 -i -w 3 --tun-type ipip',
        '-a -t 192.0.2.10:80 -r 10.1.0.6:80 -g -w 9',
        '-a -t 192.0.2.10:80 -r 10.1.0.7:8080 -m -w 9',
        '-A -t [2001:db8:a::10]:443 -s sh -p 300 -b sh-fallback',
        '-a -t [2001:db8:a::10]:443 -r [2001:db8:1::2]:443 -i -w 5 --tun-type ipip',
        '-a -t [2001:db8:a::10]:443 -r 10.1.0.2:443 -i -w 6 --tun-type ipip',
        '-a -t [2001:db8:a::10]:443 -r [2001:db8:1::3]:443 -g -w 7',
        '-A -u 192.0.2.10:53 -s wrr -p 1',
        '-a -u 192.0.2.10:53 -r 10.1.0.2:53 -i -w 1 --tun-type ipip',
      ].sort(),
    );
  });

  test.each(schedulers)('scheduler %s', async (scheduler) => {
    const entry = { service: service(web, { scheduler }), destinations: [tunnelTo('10.1.0.2', 80, 1)] };
    expect(await ipvs.apply(adding([entry]))).toEqual([]);
    expect(asWritten(await ipvs.read())).toEqual([entry]);
  });

  test('what somebody else wrote is read too', async () => {
    ipvsadm('-A', '-u', '192.0.2.99:80', '-s', 'lblc', '-o');
    ipvsadm('-a', '-u', '192.0.2.99:80', '-r', '10.9.0.1:80', '-g', '-w', '3', '-x', '100', '-y', '10');
    const [entry] = asWritten(await ipvs.read());
    expect(entry).toEqual({
      service: service(
        { kind: 'address', protocol: 'udp', address: '192.0.2.99', port: 80 },
        { scheduler: 'lblc' },
      ),
      destinations: [{ address: '10.9.0.1', port: 80, weight: 3, forwarding: 'direct' }],
    });
  });

  test('one service alone, and one that is absent', async () => {
    await ipvs.apply(adding(everyKind));
    const found = await ipvs.readService(web);
    expect(found?.destinations).toHaveLength(7);
    expect(await ipvs.readService({ ...web, port: 81 })).toBeUndefined();
  });

  test('an empty table, and a service without destinations', async () => {
    expect(await ipvs.read()).toEqual([]);
    await ipvs.apply([{ kind: 'add-service', service: service(web) }]);
    expect(asWritten(await ipvs.read())).toEqual([{ service: service(web), destinations: [] }]);
  });
});

describe('edits', () => {
  test('a service: scheduler, its flags, persistence on and off again', async () => {
    const first = service(web);
    const second = service(web, {
      scheduler: 'mh',
      schedulerFlags: { fallback: true, port: true },
      persistenceSeconds: 60,
    });
    await ipvs.apply(adding([{ service: first, destinations: [tunnelTo('10.1.0.2', 80, 1)] }]));
    expect(await ipvs.apply([{ kind: 'edit-service', service: second, from: first }])).toEqual([]);
    expect((await ipvs.readService(web))?.service).toEqual(second);
    expect(ipvsadm('-Sn')).toContain('-s mh -p 60 -b mh-fallback,mh-port');
    expect(await ipvs.apply([{ kind: 'edit-service', service: first, from: second }])).toEqual([]);
    expect((await ipvs.readService(web))?.service).toEqual(first);
    expect(ipvsadm('-Ln', '-t', '192.0.2.10:80')).toContain('10.1.0.2:80');
  });

  test('a destination: weight, forwarding and tunnel, its place kept', async () => {
    const before = [tunnelTo('10.1.0.2', 80, 1), tunnelTo('10.1.0.3', 80, 1), tunnelTo('10.1.0.4', 80, 1)];
    await ipvs.apply(adding([{ service: service(web), destinations: before }]));
    const [, middle] = before;
    if (middle === undefined) throw new Error('three destinations');
    const changed: Destination = {
      ...middle,
      weight: 0,
      tunnel: { type: 'gue', port: 6080, checksum: true },
    };
    await ipvs.apply([{ kind: 'edit-destination', key: web, destination: changed, from: middle }]);
    const [entry] = asWritten(await ipvs.read());
    expect(entry?.destinations).toEqual([before[0], changed, before[2]]);
  });

  test('destinations and services go, in any order, and once more without a failure', async () => {
    await ipvs.apply(adding(everyKind));
    const operations = everyKind.flatMap(({ service: { key }, destinations }): IpvsOperation[] => [
      ...destinations.map((destination): IpvsOperation => ({ kind: 'delete-destination', key, destination })),
      { kind: 'delete-service', key },
    ]);
    expect(await ipvs.apply(operations)).toEqual([]);
    expect(ipvsadm('-Sn')).toBe('');
    expect(await ipvs.apply(operations)).toEqual([]);
    expect(await ipvs.apply(operations.toReversed())).toEqual([]);
  });
});

describe('refusals', () => {
  test.each<{ name: string; operation: IpvsOperation; errno: string; words: string }>([
    {
      name: 'a service that is there',
      operation: { kind: 'add-service', service: service(web) },
      errno: 'EEXIST',
      words: 'exists already',
    },
    {
      name: 'a destination that is there',
      operation: { kind: 'add-destination', key: web, destination: tunnelTo('10.1.0.2', 80, 1) },
      errno: 'EEXIST',
      words: 'has this destination already',
    },
    {
      name: 'an edit of a destination that is not there',
      operation: {
        kind: 'edit-destination',
        key: web,
        destination: tunnelTo('10.1.0.3', 80, 1),
        from: tunnelTo('10.1.0.3', 80, 2),
      },
      errno: 'ENOENT',
      words: 'no such destination',
    },
    {
      name: 'a destination of a service that is not there',
      operation: {
        kind: 'add-destination',
        key: { ...web, port: 81 },
        destination: tunnelTo('10.1.0.2', 81, 1),
      },
      errno: 'ESRCH',
      words: 'no such service',
    },
    {
      name: 'an edit of a service that is not there',
      operation: {
        kind: 'edit-service',
        service: service({ ...web, port: 81 }),
        from: service({ ...web, port: 81 }),
      },
      errno: 'ESRCH',
      words: 'no such service',
    },
    {
      name: 'an unknown scheduler',
      operation: { kind: 'add-service', service: service({ ...web, port: 82 }, { scheduler: 'nosuch' }) },
      errno: 'ENOENT',
      words: 'modprobe ip_vs_nosuch',
    },
    {
      name: 'a destination of the other family without a tunnel',
      operation: {
        kind: 'add-destination',
        key: web,
        destination: { address: '2001:db8::1', port: 80, weight: 1, forwarding: 'direct' },
      },
      errno: 'EINVAL',
      words: 'other family',
    },
  ])('$name: $errno', async ({ operation, errno, words }) => {
    await ipvs.apply(adding([{ service: service(web), destinations: [tunnelTo('10.1.0.2', 80, 1)] }]));
    const before = ipvsadm('-Sn');
    const [failure] = await ipvs.apply([operation]);
    expect(failure?.error).toMatchObject({ code: 'kernel', errno });
    expect(failure?.error.message).toContain(words);
    expect(ipvsadm('-Sn')).toBe(before);
  });

  test('without the privilege: one line with the remedy', () => {
    const module = new URL('../../src/kernel/ipvs/ipvs.ts', import.meta.url).href;
    const script = `import { createIpvs } from '${module}';
      await createIpvs().catch((error) => console.log(error.code, error.message));`;
    const child = spawnSync(
      'setpriv',
      [
        '--bounding-set=-net_admin',
        '--inh-caps=-net_admin',
        process.execPath,
        '--input-type=module',
        '-e',
        script,
      ],
      { encoding: 'utf8' },
    );
    expect(child.stdout).toMatch(/^permission open IPVS: .*CAP_NET_ADMIN.*\n$/);
  });
});

describe('many', () => {
  const many: IpvsTable = Array.from({ length: 100 }, (_, index) => ({
    service: service({ ...web, port: 1000 + index }),
    destinations: Array.from({ length: 10 }, (_, server) =>
      tunnelTo(`10.${server}.0.9`, 1000 + index, 1 + server),
    ),
  }));

  test('1,100 entries', async () => {
    expect(await ipvs.apply(adding(many))).toEqual([]);
    expect(asWritten(await ipvs.read())).toEqual(many);
    expect(ipvsadm('-Sn').trimEnd().split('\n')).toHaveLength(1100);
  });

  test('when all of them fail, each says so and the process lives', async () => {
    await ipvs.apply(adding(many));
    const failures = await ipvs.apply(adding(many));
    expect(failures).toHaveLength(1100);
    expect(new Set(failures.map(({ error }) => error.errno))).toEqual(new Set(['EEXIST']));
    expect(failures[0]?.error.subject).toBe('tcp 192.0.2.10:1000');
  });

  test('a service whose destinations do not fit one answer of the kernel', async () => {
    const wide = {
      service: service(web),
      destinations: Array.from({ length: 500 }, (_, n) => tunnelTo(`10.7.${n >> 8}.${n & 255}`, 80, 1 + n)),
    };
    expect(await ipvs.apply(adding([wide]))).toEqual([]);
    expect(asWritten(await ipvs.read())).toEqual([wide]);
  });

  test('ids of all that is read are distinct', async () => {
    await ipvs.apply(adding(many));
    const table = await ipvs.read();
    const ids = table.flatMap((entry) => [
      serviceId(entry.service.key),
      ...entry.destinations.map((one) => `${serviceId(entry.service.key)} ${destinationId(one)}`),
    ]);
    expect(new Set(ids).size).toBe(1100);
  });
});
