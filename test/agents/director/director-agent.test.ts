import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDirectorAgent } from '../../../agents/director/director-agent.ts';
import { createNonces } from '../../../agents/director/nonce.ts';
import type { Agent } from '../../../agents/shared/agent.ts';
import { manifestChecksum } from '../../../src/api/manifest.ts';
import type { Clock } from '../../../src/domain/clock.ts';
import { collectorPort } from '../../../src/domain/return-path.ts';
import type { DirectorSnapshot } from '../../../src/domain/snapshot.ts';
import { openLedger } from '../../../src/kernel/ledger.ts';
import { probeKey } from '../../../src/probe/hmac.ts';
import { createProbeKeys } from '../../../src/probe/keys.ts';
import { createProbeSocket } from '../../../src/probe/probe-socket.ts';
import { encodeRound } from '../../../src/probe/return-path.ts';
import { lookOnlyDisk, realDisk } from '../../../src/runtime/durable-file.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createSnapshotFile } from '../../../src/runtime/snapshot-file.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { createFakeHost, createFakeIpvs } from '../fake-kernel.ts';
import { createFakeCoordinator } from '../fake-link.ts';
import { createManualClock } from '../manual-clock.ts';
import { directorSnapshot, probe, realServerSnapshot } from '../snapshots.ts';

let folder = '';
const agents: Agent[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-director-'));
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  rmSync(folder, { recursive: true, force: true });
});

/** On a machine that has other things to do. */
const patiently = { timeout: 20_000 };

const web = 'tcp 192.0.2.10:80: ';
const probes = ['mark 0x43570001 ipv4: 10.1.0.11:0 1', 'mark 0x43570002 ipv4: 10.2.0.11:0 1'];

/** A director whose probes nobody answers: what is not known changes nothing. */
async function start(
  parts: {
    ipvs?: ReturnType<typeof createFakeIpvs>;
    host?: ReturnType<typeof createFakeHost>;
    clock?: Clock;
    observe?: boolean;
  } = {},
) {
  const ipvs = parts.ipvs ?? createFakeIpvs();
  const host = parts.host ?? createFakeHost({ link: 'eth0', address: '127.0.0.1', prefixLength: 8 });
  const coordinator = createFakeCoordinator();
  const ledger = await openLedger(join(folder, 'ledger.json'), parts.observe ? lookOnlyDisk : realDisk);
  const agent = await createDirectorAgent({
    sendsGue: true,
    config: {
      role: 'director',
      site: 'fra',
      name: 'fra-d1',
      address: '127.0.0.1',
      coordinators: ['127.0.0.1:1'],
      ...{ tlsCert: undefined, tlsKey: undefined, tlsCa: undefined, insecure: true },
      stateDir: folder,
      sysctlDir: '/proc/sys',
      http: undefined,
      httpAllow: [],
      logLevel: 'silent',
      cleanup: false,
      observe: parts.observe ?? false,
    },
    ipvs,
    host,
    ledger,
    file: createSnapshotFile(join(folder, 'snapshot.json'), 'director'),
    connect: coordinator.connect,
    clock: parts.clock ?? realClock,
    random: Math.random,
    nonce: createNonces(),
    network: { openSocket: createProbeSocket, connect },
    log: createLog('director', 'silent'),
    programVersion: 'test',
  });
  agents.push(agent);
  const answered = async (snapshot: DirectorSnapshot | ReturnType<typeof realServerSnapshot>) => {
    const before = coordinator.answers.length;
    coordinator.send(snapshot);
    while (coordinator.answers.length === before) await new Promise((resolve) => setImmediate(resolve));
    return coordinator.answers.at(-1);
  };
  return { agent, ipvs, host, ledger, coordinator, answered };
}

function version(number: number, snapshot = directorSnapshot()): DirectorSnapshot {
  const next = { ...snapshot, version: number };
  return { ...next, checksum: manifestChecksum(next) };
}

test('a snapshot is programmed, owned, saved, and only then acknowledged', async () => {
  const { agent, ipvs, host, ledger, coordinator, answered } = await start();
  expect(coordinator.hello()).toMatchObject({ role: 'director', appliedVersion: 0, prefixLength: 8 });
  expect(await answered(version(3))).toBe('acknowledged 3');
  // Said before it was acknowledged: whoever hears of that knows what came of it.
  expect(coordinator.lastReport()?.idleVips).toEqual(['192.0.2.10']);
  // Nobody is known to be healthy, so nobody carries traffic yet.
  expect(ipvs.lines()).toEqual([web, ...probes]);
  // So nobody is attracted.
  expect(host.state().addresses).toEqual([]);
  expect(ledger.ownedVips()).toEqual(['192.0.2.10']);
  expect(coordinator.hello()).toMatchObject({ appliedVersion: 3, appliedChecksum: version(3).checksum });
  const saved = await createSnapshotFile(join(folder, 'snapshot.json'), 'director').load();
  expect(saved?.version).toBe(3);
  // Who may read its figures is told names, but no address and no key.
  const figures = await agent.exposition.metrics();
  expect(figures).toContain('real_server="fra-1"');
  expect(figures).not.toMatch(/192\.0\.2\.|10\.1\.|[0-9a-f]{32}/);
});

test('one that only observes says what it would do, does none of it, and refuses to say that it is applied', async () => {
  const { ipvs, host, coordinator, answered } = await start({ observe: true });
  const refused =
    /^refused 3: observe: this agent changes nothing on its host \(observe: true\); it would do \d+ operations: "load nft/;
  expect(await answered(version(3))).toMatch(refused);
  await expect
    .poll(() => coordinator.lastReport()?.troubles)
    .toEqual(expect.arrayContaining([expect.stringMatching(/^observe: /)]));
  expect([host.writes, ipvs.writes, existsSync(join(folder, 'ledger.json'))]).toEqual([0, 0, false]);
});

test('one that only observes what is as it should be says that it is applied, and tells of drift', async () => {
  const first = await start();
  await first.answered(version(3));
  await first.agent.close();
  const { ipvs, host } = first;
  const { coordinator, answered } = await start({ ipvs, host, observe: true });
  const writes = [host.writes, ipvs.writes];
  expect(await answered(version(4))).toBe('acknowledged 4');
  const told = () => coordinator.lastReport()?.troubles;
  await expect
    .poll(told, patiently)
    .toEqual(expect.arrayContaining([expect.stringMatching(/nothing is to be done$/)]));
  host.flushNft();
  await expect
    .poll(told, patiently)
    .toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^drift nft-missing: .*; to put it right "load nft table/),
        expect.stringMatching(/^observe: .*; it would do 1 operations: "load nft table/),
      ]),
    );
  expect([host.writes, ipvs.writes]).toEqual(writes);
});

test('a destination that somebody deleted is told with what puts it right', async () => {
  const { ipvs, coordinator, answered } = await start();
  await answered(version(3));
  ipvs.tamper({ kind: 'delete-service', key: { kind: 'mark', mark: 0x4357_0001, family: 'ipv4' } });
  await expect
    .poll(() => coordinator.lastReport()?.troubles, patiently)
    .toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^drift ipvs-service-missing: .*\(1 in all.*put right by "add service mark/),
      ]),
    );
  expect(ipvs.lines().toSorted()).toEqual([...probes, web].toSorted());
});

test('a restart takes the snapshot from disk and leaves the kernel as it is', async () => {
  const first = await start();
  await first.answered(version(3));
  first.ipvs.tamper({
    kind: 'add-destination',
    key: { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 },
    destination: {
      address: '10.1.0.11',
      port: 80,
      weight: 100,
      forwarding: 'tunnel',
      tunnel: { type: 'ipip', port: 0, checksum: false },
    },
  });
  await first.agent.close();
  const before = { lines: first.ipvs.lines(), host: first.host.state(), writes: first.ipvs.writes };
  const second = await start({ ipvs: first.ipvs, host: first.host });
  expect(second.coordinator.hello().appliedVersion).toBe(3);
  expect(second.ipvs.lines()).toEqual(before.lines);
  expect(second.host.state()).toEqual(before.host);
  expect(second.ipvs.writes).toBe(before.writes);
  expect(second.agent.healthy()).toBeUndefined();
});

test('without a snapshot on disk an empty or much smaller one is refused: ledger and kernel say what is carried', async () => {
  const first = await start();
  await first.answered(version(3));
  await first.agent.close();
  rmSync(join(folder, 'snapshot.json'));
  const second = await start({ ipvs: first.ipvs, host: first.host });
  const before = second.ipvs.lines();
  expect(await second.answered(version(4, { ...directorSnapshot(), services: [], realServers: [] }))).toBe(
    'refused 4: implausible: empty, while this host carries a VIP and no snapshot on its disk says why; apply with force if that is meant',
  );
  expect(second.ipvs.lines()).toEqual(before);
  expect(await second.answered(version(5))).toBe('acknowledged 5');
  const forced = { ...directorSnapshot(), services: [], realServers: [], force: true };
  expect(await second.answered(version(6, forced))).toBe('acknowledged 6');
});

test('a real server at an impossible address is left out and named, the others are served', async () => {
  const { ipvs, answered, coordinator } = await start();
  const whole = directorSnapshot();
  const realServers = whole.realServers.map((one, index) =>
    index === 1 ? { ...one, address: '224.0.0.1' } : one,
  );
  expect(await answered(version(2, { ...whole, realServers }))).toBe('acknowledged 2');
  expect(ipvs.lines().join('\n')).toContain('10.1.0.11');
  expect(ipvs.lines().join('\n')).not.toContain('224.0.0.1');
  expect(coordinator.lastReport()?.troubles).toContain(
    'real server lon-1 gets nothing from here: no host can be reached at its address 224.0.0.1',
  );
});

describe('what is drained', () => {
  const service = 'tcp 192.0.2.10:80';
  const [fra, lon] = ['10.1.0.11:80', '10.2.0.11:80'] as const;
  /** Silence says nothing here: the probes are not the story. */
  const patient = { ...probe, downAfterMs: 1e9, goneAfterMs: 1e9 };

  function drained(names: readonly string[], drainSeconds = 3_600): DirectorSnapshot {
    const snapshot = directorSnapshot({ probe: patient });
    const services = snapshot.services.map((each) => ({
      ...each,
      drainSeconds,
      destinations: each.destinations.map((one) =>
        names.includes(one.realServer) ? { ...one, weight: 0, drained: true } : one,
      ),
    }));
    return directorSnapshot({ services, probe: patient });
  }

  /** Both real servers carry already: fra-1 two connections, lon-1 none. */
  async function carrying() {
    const clock = createManualClock();
    const director = await start({ clock });
    await director.answered(version(1, drained([])));
    const tunnels = { [fra]: 'ipip', [lon]: 'gre' } as const;
    for (const destination of [fra, lon] as const) {
      director.ipvs.tamper({
        kind: 'add-destination',
        key: { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 },
        destination: {
          address: destination.replace(':80', ''),
          port: 80,
          weight: 50,
          forwarding: 'tunnel',
          tunnel: { type: tunnels[destination], port: 0, checksum: false },
        },
      });
    }
    director.ipvs.connect(service, fra, 2, 0);
    return { ...director, clock, table: () => director.ipvs.lines()[0] };
  }

  test('keeps its connections, leaves when they have ended, and is not missed by a restart', async () => {
    const { agent, ipvs, host, coordinator, clock, answered, table } = await carrying();
    expect(await answered(version(2, drained(['fra-1'])))).toBe('acknowledged 2');
    await clock.advance(600_000);
    expect(table()).toBe(`${web}${fra} 0, ${lon} 50`);
    ipvs.connect(service, fra, 0, 1);
    await clock.advance(60_000);
    expect(table()).toBe(`${web}${fra} 0, ${lon} 50`);
    ipvs.connect(service, fra, 0, 0);
    await clock.advance(4_000);
    expect(table()).toBe(`${web}${fra} 0, ${lon} 50`);
    const reads = ipvs.reads;
    await clock.advance(6_000);
    expect(table()).toBe(`${web}${lon} 50`);
    // The readings that reports need anyway.
    expect(ipvs.reads - reads).toBe(4);
    await clock.advance(2_000);
    expect(coordinator.lastReport()?.destinations).toMatchObject([{ weight: -1 }, { weight: 50 }]);
    await agent.close();
    const writes = ipvs.writes;
    await start({ ipvs, host, clock });
    await clock.advance(60_000);
    expect([table(), ipvs.writes]).toEqual([`${web}${lon} 50`, writes]);
  });

  test('leaves at its deadline all the same, which no newer snapshot puts off', async () => {
    const { clock, answered, table } = await carrying();
    await answered(version(2, drained(['fra-1'], 60)));
    await clock.advance(58_000);
    expect(await answered(version(3, drained(['fra-1'], 59)))).toBe('acknowledged 3');
    expect(table()).toBe(`${web}${fra} 0, ${lon} 50`);
    await clock.advance(4_000);
    expect(table()).toBe(`${web}${lon} 50`);
  });

  test('may be everything: an empty service is no implausible snapshot', async () => {
    const { ipvs, clock, answered, table } = await carrying();
    ipvs.connect(service, fra, 0, 0);
    expect(await answered(version(2, drained(['fra-1', 'lon-1'])))).toBe('acknowledged 2');
    await clock.advance(10_000);
    expect(table()).toBe(web);
    expect(await answered(version(3, drained(['fra-1'])))).toBe('acknowledged 3');
  });
});

test('a service that somebody else made on our VIP is a conflict, not a present', async () => {
  const { ipvs, host, ledger, answered } = await start();
  ipvs.tamper({
    kind: 'add-service',
    service: {
      key: { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 443 },
      scheduler: 'rr',
      schedulerFlags: { fallback: false, port: false },
      persistenceSeconds: 0,
    },
  });
  expect(await answered(version(1))).toMatch(
    /^refused 1: conflict: the kernel has an IPVS service tcp 192\.0\.2\.10:443 that Causeway did not make/,
  );
  expect(ipvs.lines()).toEqual(['tcp 192.0.2.10:443: ']);
  expect(host.state().addresses).toEqual([]);
  expect(ledger.ownedVips()).toEqual([]);
});

test('an implausible snapshot is refused, forced it is not', async () => {
  const { ipvs, coordinator, answered } = await start();
  await answered(version(1));
  const empty = directorSnapshot({ services: [], realServers: [] });
  expect(await answered(version(2, empty))).toBe(
    'refused 2: implausible: empty, while 1 services are carried that nobody deleted',
  );
  expect(ipvs.lines()).toEqual([web, ...probes]);
  expect(await answered(version(3, { ...empty, force: true }))).toBe('acknowledged 3');
  expect(ipvs.lines()).toEqual([]);
  expect(coordinator.hello().appliedVersion).toBe(3);
});

test('what the kernel refuses is told with its reason, and the state before comes back', async () => {
  const { ipvs, host, ledger, coordinator, answered } = await start();
  await answered(version(1));
  const { addresses, rules, nft } = host.state();
  const [service] = directorSnapshot().services;
  if (service === undefined) throw new Error('the sample has a service');
  const two = directorSnapshot({ services: [service, { ...service, name: 'other', vips: ['192.0.2.20'] }] });
  ipvs.refuse('add-service');
  expect(await answered(version(2, two))).toMatch(/^refused 2: add-service: the kernel answered EINVAL/);
  expect(ipvs.lines()).toEqual([web, ...probes]);
  expect(host.state()).toMatchObject({ addresses, rules, nft });
  expect(ledger.ownedVips()).toEqual(['192.0.2.10']);
  expect(coordinator.hello().appliedVersion).toBe(1);
  ipvs.refuse(undefined);
  expect(await answered(version(3, two))).toBe('acknowledged 3');
  expect(ledger.ownedVips()).toEqual(['192.0.2.10', '192.0.2.20']);
});

test('a refused first snapshot leaves nothing behind', async () => {
  const { ipvs, host, ledger, answered } = await start();
  host.refuse('withdraw-route');
  expect(await answered(version(1))).toMatch(/^refused 1: withdraw-route: the kernel answered EBUSY/);
  expect(ipvs.lines()).toEqual([]);
  const { addresses, routes, rules, nft } = host.state();
  expect([addresses, routes, rules, nft]).toEqual([[], [], [], []]);
  expect(ledger.ownedVips()).toEqual([]);
});

test('a real server’s snapshot is not for a director', async () => {
  const { answered } = await start();
  expect(await answered(realServerSnapshot())).toBe(
    "refused 1: this is a director, and the snapshot is a real server's",
  );
});

test('an address that this host lacks ends the program with one line', async () => {
  const host = createFakeHost({ link: 'eth0', address: '10.1.0.2', prefixLength: 24 });
  await expect(start({ host })).rejects.toThrow(
    /^find address 127\.0\.0\.1: no interface of this host has it/,
  );
});

test('a VIP that cannot be its own is refused with the place; one on a card is moved', async () => {
  const { host, answered } = await start();
  const [service] = directorSnapshot().services;
  if (service === undefined) throw new Error('the sample is empty');
  const own = directorSnapshot({ services: [{ ...service, vips: ['127.0.0.1'] }] });
  expect(await answered(version(1, own))).toMatch(
    /^refused 1: the VIP 127\.0\.0\.1 is this director's own address/,
  );
  const route = { family: 'ipv4', table: 255, type: 'local', destination: '192.0.2.10/32' } as const;
  host.stray({ ...route, link: 'cw-ipip' });
  expect(await answered(version(2))).toMatch(/^refused 2: this very host is a real server of 192\.0\.2\.10/);
  host.stray({ ...route, link: 'eth0' });
  expect(await answered(version(3))).toBe('acknowledged 3');
  expect(host.state().absentRoutes).toContainEqual({ ...route, link: 'eth0' });
});

test('what hinders it on its host is told; without IPv6 IPv4 goes on', async () => {
  const host = createFakeHost({ link: 'eth0', address: '127.0.0.1', prefixLength: 8 });
  host.look({ ipv6: 'off', clients: {} });
  const { ipvs, coordinator, answered } = await start({ host });
  const [service] = directorSnapshot().services;
  if (service === undefined) throw new Error('the sample is empty');
  const dual = directorSnapshot({ services: [{ ...service, vips: ['192.0.2.10', '2001:db8::10'] }] });
  expect(await answered(version(1, dual))).toBe('acknowledged 1');
  expect(ipvs.lines().filter((line) => line.includes('2001:'))).toEqual([]);
  expect(coordinator.lastReport()?.troubles.join(' ')).toMatch(/2001:db8::10 cannot be served: IPv6 is off/);
});

test('told its keys as a collector, it hears what is sent from VIPs, and reports it', {
  timeout: 20_000,
}, async () => {
  const { coordinator, answered } = await start();
  const keys = createProbeKeys([{ epoch: 7, secretHex: 'ab'.repeat(32) }], 7);
  const collecting = keys.ofCollector('fra-d1');
  expect(await answered(version(1, directorSnapshot({ collecting })))).toBe('acknowledged 1');
  const vip = '127.0.0.10';
  const socket = createProbeSocket('ipv4');
  await new Promise<void>((resolve) => {
    socket.once('listening', resolve);
    socket.bind({ address: vip, port: 0 });
  });
  const seal = { key: probeKey(keys.toCollector('fra-d1', 'lon-1')?.keyHex ?? ''), pair: undefined };
  const round = { round: Date.now(), realServer: 'lon-1', epoch: 7, vips: [vip] };
  socket.send(encodeRound({ kind: 'proof', ...round }, seal), collectorPort, '127.0.0.1', () => {});
  await expect
    .poll(() => coordinator.lastReport()?.returnPaths, { timeout: 15_000 })
    .toEqual([{ realServer: 'lon-1', heard: [vip], silent: [] }]);
  socket.close();
});
