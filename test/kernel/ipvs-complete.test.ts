// Does the kernel take all that a service may say of its treatment, give it back as it was said, and act on it?
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Destination,
  ownFlags,
  schedulerFacts,
  schedulers,
  type VirtualService,
  type VirtualServiceKey,
} from '../../src/domain/ipvs-table.ts';
import { createHost } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { lackingSchedulers } from '../../src/kernel/ipvs/schedulers.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { diffIpvs } from '../../src/plan/ipvs-diff.ts';
import { ledgerPath } from './host-tools.ts';
import { adding, asWritten, ipvsadm, openIpvs, service } from './ipvs-tools.ts';

const vip = '192.0.2.10';
const servers = ['10.9.0.1', '10.9.0.2'];
const clients = ['198.51.100.1', '198.51.100.2', '198.51.100.77', '203.0.113.1'];
const udp = (port: number) =>
  ({ kind: 'address', protocol: 'udp', address: vip, port }) as const satisfies VirtualServiceKey;
const dns = udp(53);

let ipvs: Ipvs;
beforeAll(async () => {
  ipvs = await openIpvs();
  // All of them are this host's own: IPVS balances what it sends to itself as well.
  for (const address of [vip, ...servers, ...clients])
    execFileSync('ip', ['addr', 'add', `${address}/32`, 'dev', 'lo']);
});
beforeEach(() => {
  ipvsadm('-C');
});
afterAll(() => {
  ipvsadm('-C');
  for (const address of [vip, ...servers, ...clients])
    execFileSync('ip', ['addr', 'del', `${address}/32`, 'dev', 'lo']);
  ipvs.close();
});

function to(address: string, port: number, changes: Partial<Destination> = {}): Destination {
  return { address, port, weight: 1, forwarding: 'masquerade', ...changes };
}

const both = (port: number, changes: Partial<Destination> = {}) =>
  servers.map((address) => to(address, port, changes));

async function begin(given: VirtualService, destinations: readonly Destination[]): Promise<void> {
  expect(await ipvs.apply(adding([{ service: given, destinations }]))).toEqual([]);
}

/** So many datagrams of one socket of the client. */
async function send(client: string, port: number, datagrams = 1): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind(0, client);
  await once(socket, 'listening');
  // Nobody listens there: the answer, port unreachable, is nothing to us.
  socket.on('error', () => {});
  for (let count = 0; count < datagrams; count += 1)
    await new Promise<void>((resolve) => socket.send('x', port, vip, () => resolve()));
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

/** By address of the real server: UDP flows, which count as inactive. */
async function flows(key: VirtualServiceKey): Promise<Record<string, number>> {
  const found = await ipvs.readService(key);
  return Object.fromEntries(
    (found?.destinations ?? []).map((one) => [one.address, one.activeConnections + one.inactiveConnections]),
  );
}

describe('what is said is what is read', () => {
  test('each scheduler of this kernel, with its flags on and off; of the others it is known before', async () => {
    const lacking = new Set<string>(await lackingSchedulers(schedulers));
    for (const scheduler of schedulers) {
      const flags = schedulerFacts[scheduler].flags;
      const sets = flags === undefined ? [ownFlags(scheduler)] : [flags, { fallback: false, port: false }];
      for (const schedulerFlags of sets) {
        const wanted = service(dns, { scheduler, schedulerFlags });
        const [failure] = await ipvs.apply(adding([{ service: wanted, destinations: both(53) }]));
        if (lacking.has(scheduler)) {
          expect(failure?.error.message).toContain(`the kernel has no scheduler ${scheduler}`);
          continue;
        }
        expect(failure, scheduler).toBeUndefined();
        expect((await ipvs.readService(dns))?.service, scheduler).toEqual(wanted);
        await ipvs.apply([{ kind: 'delete-service', key: dns }]);
      }
    }
    expect(lacking.has('rr')).toBe(false);
  });

  test('networks of persistence, single packets and thresholds, and a change of each is an edit', async () => {
    const before = [{ service: service(dns), destinations: both(53) }];
    const after = [
      {
        service: service(dns, { persistenceSeconds: 60, persistencePrefix: 20, onePacket: true }),
        destinations: both(53, { thresholds: { upper: 9, lower: 4 } }),
      },
    ];
    const six = service(
      { ...dns, address: '2001:db8:a::10' },
      { persistenceSeconds: 60, persistencePrefix: 56 },
    );
    await begin(six, []);
    expect((await ipvs.readService(six.key))?.service).toEqual(six);
    ipvsadm('-C');
    await ipvs.apply(adding(before));
    for (const wanted of [after, before]) {
      const operations = diffIpvs(wanted, asWritten(await ipvs.read()), () => true);
      expect(operations.map(({ kind }) => kind)).toEqual([
        'edit-service',
        'edit-destination',
        'edit-destination',
      ]);
      expect(await ipvs.apply(operations)).toEqual([]);
      expect(diffIpvs(wanted, asWritten(await ipvs.read()), () => true)).toEqual([]);
    }
    const wrong = to(servers[0] ?? '', 54, { thresholds: { upper: 3, lower: 4 } });
    const refused = await ipvs.apply([{ kind: 'add-destination', key: dns, destination: wrong }]);
    expect(refused[0]?.error.message).toContain('thresholds');
  });
});

test('timeouts and settings of IPVS are set, read back, and what they were before comes back', async () => {
  const host = await createHost();
  const ledger = await openLedger(ledgerPath('ipvs'));
  const timeouts = () => execFileSync('ipvsadm', ['-l', '--timeout'], { encoding: 'utf8' }).trim();
  const before = timeouts();
  const wanted = [
    { name: 'ipvs.timeout.tcp', value: '777' },
    { name: 'ipvs.timeout.udp', value: '33' },
    { name: 'net.ipv4.vs.sloppy_sctp', value: '1' },
  ];
  try {
    const operations = wanted.map((sysctl) => ({ kind: 'set-sysctl', sysctl, previous: '' }) as const);
    expect(await applyHostOperations(host, ledger, operations)).toEqual([]);
    expect(timeouts()).toContain('777 120 33');
    for (const { name, value } of wanted) expect(await host.sysctl(name)).toBe(value);
    expect(await cleanup(host, ledger)).toEqual([]);
    expect(timeouts()).toBe(before);
    expect(await host.sysctl('net.ipv4.vs.sloppy_sctp')).toBe('0');
  } finally {
    host.close();
  }
});

// Each has a port of its own: a destination that comes again finds its flows and counters of before.
describe('what is said is what is done', () => {
  test('clients of one network stick to one real server, others are spread', async () => {
    await begin(service(dns, { scheduler: 'rr', persistenceSeconds: 60, persistencePrefix: 24 }), both(53));
    for (const client of clients) await send(client, 53);
    const spread = Object.values(await flows(dns)).toSorted();
    expect(spread).toEqual([1, 3]);
  });

  test('single packets are scheduled one by one, and leave no flow behind', async () => {
    const key = udp(54);
    await begin(service(key, { scheduler: 'rr', onePacket: true }), both(54));
    await send(clients[0] ?? '', 54, 8);
    await expect
      .poll(
        async () => (await ipvs.readService(key))?.destinations.map(({ counters }) => counters.connections),
        {
          timeout: 30_000,
        },
      )
      .toEqual([4, 4]);
    expect(Object.values(await flows(key))).toEqual([0, 0]);
  });

  test('above its threshold a real server gets no new flows', async () => {
    const key = udp(55);
    const [first, second] = both(55);
    if (first === undefined || second === undefined) throw new Error('two real servers');
    await begin(service(key, { scheduler: 'rr' }), [
      { ...first, thresholds: { upper: 2, lower: 0 } },
      second,
    ]);
    for (let flow = 0; flow < 8; flow += 1) await send(clients[0] ?? '', 55);
    expect(await flows(key)).toEqual({ [first.address]: 2, [second.address]: 6 });
  });

  const hasSctp = spawnSync('modprobe', ['sctp']).status === 0;
  test.skipIf(!hasSctp)('an association of SCTP reaches a real server', async () => {
    const key = { kind: 'address', protocol: 'sctp', address: vip, port: 3868 } as const;
    await begin(service(key, { scheduler: 'rr' }), [to(servers[0] ?? '', 3868)]);
    const listen = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
s.bind(("${servers[0]}", 3868)); s.listen(); print("ready", flush=True)
c, _ = s.accept(); c.send(b"from the real server"); c.close()`;
    const ask = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
s.settimeout(30); s.bind(("${clients[0]}", 0)); s.connect(("${vip}", 3868)); print(s.recv(99).decode())`;
    const server = spawn('/usr/bin/python3', ['-Sc', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(server.stdout, 'data');
      const answer = execFileSync('/usr/bin/python3', ['-Sc', ask], { encoding: 'utf8', timeout: 60_000 });
      expect(answer.trim()).toBe('from the real server');
      expect(Object.values(await flows(key))).toEqual([1]);
    } finally {
      server.kill();
    }
  });
});
