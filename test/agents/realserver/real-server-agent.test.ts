import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCheck } from '../../../agents/realserver/checks.ts';
import { localHandshake } from '../../../agents/realserver/local-handshake.ts';
import { createRealServerAgent } from '../../../agents/realserver/real-server-agent.ts';
import type { Agent } from '../../../agents/shared/agent.ts';
import { manifestChecksum } from '../../../src/api/manifest.ts';
import { snapshotToText } from '../../../src/api/stored-snapshot.ts';
import type { Clock } from '../../../src/domain/clock.ts';
import { programCapabilities } from '../../../src/domain/member.ts';
import { probePort } from '../../../src/domain/probe.ts';
import { collectorPort } from '../../../src/domain/return-path.ts';
import type { RealServerSnapshot } from '../../../src/domain/snapshot.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { openLedger } from '../../../src/kernel/ledger.ts';
import { decodeAnswer, decodeFarewell, encodeRequest } from '../../../src/probe/datagram.ts';
import { probeKey } from '../../../src/probe/hmac.ts';
import { createProbeSocket } from '../../../src/probe/probe-socket.ts';
import { decodeRound } from '../../../src/probe/return-path.ts';
import { lookOnlyDisk, realDisk } from '../../../src/runtime/durable-file.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createSnapshotFile } from '../../../src/runtime/snapshot-file.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { createFakeHost } from '../fake-kernel.ts';
import { createFakeCoordinator } from '../fake-link.ts';
import { createManualClock } from '../manual-clock.ts';
import { directorSnapshot, realServerSnapshot } from '../snapshots.ts';

/** On a machine that has other things to do; no test waits so long where all is well. */
const patiently = { timeout: 20_000 };
const own = { link: 'eth0', address: '10.1.0.11', prefixLength: 24 };

let folder = '';
const agents: Agent[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-realserver-'));
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  more: {
    host?: ReturnType<typeof createFakeHost>;
    dedicated?: boolean;
    clock?: Clock;
    observe?: boolean;
  } = {},
) {
  const host = more.host ?? createFakeHost(own);
  const coordinator = createFakeCoordinator();
  const agent = await createRealServerAgent({
    config: {
      role: 'realserver',
      site: 'fra',
      name: 'fra-1',
      address: '10.1.0.11',
      coordinators: ['127.0.0.1:1'],
      labels: { app: 'web' },
      capacity: 500,
      dedicated: more.dedicated ?? false,
      loadFile: undefined,
      ...{ tlsCert: undefined, tlsKey: undefined, tlsCa: undefined, insecure: true },
      stateDir: folder,
      sysctlDir: '/proc/sys',
      http: undefined,
      httpAllow: [],
      logLevel: 'silent',
      cleanup: false,
      observe: more.observe ?? false,
    },
    host,
    ledger: await openLedger(join(folder, 'ledger.json'), more.observe ? lookOnlyDisk : realDisk),
    file: createSnapshotFile(join(folder, 'snapshot.json'), 'realserver'),
    sockets: { established: async () => 125, fullestQueue: async () => undefined },
    cpu: async () => 0.5,
    inherited: [],
    network: {
      openSocket: createProbeSocket,
      check: (target) => runCheck(target),
      handshake: localHandshake,
    },
    connect: coordinator.connect,
    clock: more.clock ?? realClock,
    random: Math.random,
    log: createLog('realserver', 'silent'),
    programVersion: 'test',
  });
  agents.push(agent);
  const answered = async (snapshot: RealServerSnapshot | ReturnType<typeof directorSnapshot>) => {
    const before = coordinator.answers.length;
    coordinator.send(snapshot);
    while (coordinator.answers.length === before) await new Promise((resolve) => setImmediate(resolve));
    return coordinator.answers.at(-1);
  };
  return { agent, host, coordinator, answered };
}

function version(number: number, changes: Partial<RealServerSnapshot> = {}): RealServerSnapshot {
  const next = { ...realServerSnapshot(changes), version: number };
  return { ...next, checksum: manifestChecksum(next) };
}

test('who is calling, and whether its kernel takes GUE', async () => {
  const host = createFakeHost(own);
  const lacking = await start({ host: { ...host, takesGue: async () => false } });
  expect(lacking.coordinator.hello().capabilities).toEqual(programCapabilities);
  await lacking.agent.close();
  const { coordinator } = await start();
  expect(coordinator.hello()).toEqual({
    capabilities: [...programCapabilities, 'gue'],
    role: 'realserver',
    name: 'fra-1',
    site: 'fra',
    address: '10.1.0.11',
    prefixLength: 24,
    labels: { app: 'web' },
    capacity: 500,
    gateways: ['10.1.0.1'],
    appliedVersion: 0,
    appliedChecksum: '',
    programVersion: 'test',
  });
});

test('one that only observes says what it would do, does none of it, and goes by what was offered last', async () => {
  const { host, coordinator, answered } = await start({ observe: true });
  const would = (count: number) =>
    expect.stringMatching(new RegExp(`observe: .*; it would do ${count} operations: "load nft`));
  expect(await answered(version(2))).toEqual(would(7));
  await expect
    .poll(() => coordinator.lastReport()?.troubles, patiently)
    .toEqual(expect.arrayContaining([would(7)]));
  const direct = { directors: [{ name: 'fra-d1', address: '10.1.0.2', forwarding: 'direct' }] } as const;
  expect(await answered(version(3, direct))).toMatch(
    /it would do 5 operations: "add link cw-vip type dummy"/,
  );
  expect([host.writes, existsSync(join(folder, 'ledger.json'))]).toEqual([0, false]);
});

test('a snapshot becomes a device with the VIP, and is acknowledged', async () => {
  const { host, coordinator, answered } = await start();
  expect(await answered(version(2))).toBe('acknowledged 2');
  expect(host.state()).toMatchObject({
    links: [{ name: 'cw-ipip', up: true }],
    addresses: [{ link: 'cw-ipip', address: '192.0.2.10' }],
    sysctls: expect.arrayContaining([{ name: 'net.ipv4.conf.cw-ipip.rp_filter', value: '2' }]),
    nft: [{ kind: 'closed-decapsulation', directors: ['10.1.0.2', '10.2.0.2'] }],
  });
  expect(coordinator.lastReport()?.applications).toMatchObject([{ service: 'web' }]);
});

test('how loaded it is', async () => {
  const { agent, coordinator, answered } = await start();
  await answered(version(2));
  const known = { connections: 125, connectionsUtil: 0.25, cpuUtil: 0.5 };
  await expect.poll(() => agent.exposition.metrics()).toContain('causeway_realserver_connections 125');
  const text = await agent.exposition.metrics();
  expect(text).toContain('causeway_realserver_utilisation{resource="connections"} 0.25');
  expect(text).toContain('causeway_realserver_utilisation{resource="cpu"} 0.5');
  expect(text).not.toContain('resource="backlog"');
  // Names and figures: no address, no key.
  expect(text).not.toMatch(/192\.0\.2\.|10\.1\.|[0-9a-f]{32}/);
  await answered(version(3));
  expect(coordinator.lastReport()?.load).toEqual({ ...known, backlogUtil: undefined });
});

test('without a snapshot on disk an empty one is refused: the ledger says what is carried', async () => {
  const first = await start();
  await first.answered(version(2));
  await first.agent.close();
  rmSync(join(folder, 'snapshot.json'));
  const second = await start({ host: first.host });
  const before = second.host.state();
  const next = { ...realServerSnapshot(), services: [], version: 3 };
  const empty = { ...next, checksum: manifestChecksum(next) };
  expect(await second.answered(empty)).toMatch(
    /^refused 3: implausible: empty, while this host carries a VIP/,
  );
  expect(second.host.state()).toEqual(before);
  expect(await second.answered(version(4))).toBe('acknowledged 4');
});

test('a restart needs no coordinator and changes nothing', async () => {
  const first = await start();
  await first.answered(version(2));
  await first.agent.close();
  const before = first.host.state();
  const { writes } = first.host;
  const second = await start({ host: first.host });
  expect(second.host.state()).toEqual(before);
  expect(second.host.writes).toBe(writes);
  expect(second.coordinator.hello().appliedVersion).toBe(2);
});

test('nft flush ruleset: decapsulation is closed again within a second, and nothing else is touched', async () => {
  const { host, answered } = await start();
  await answered(version(2));
  const before = host.state();
  const { writes } = host;
  host.flushNft();
  await expect.poll(() => host.state()).toEqual(before);
  expect(host.writes).toBe(writes + 1);
});

/** An address of this machine that nobody else's tests use. */
const ownVip = `127.${1 + ((process.pid >> 8) % 250)}.${process.pid % 250}.77`;

function onOwnVip(): Partial<RealServerSnapshot> {
  const services = realServerSnapshot().services.map((service) => ({ ...service, vips: [ownVip] }));
  return { services };
}

/** A director that asks this VIP, and what it hears. */
async function director(snapshot: RealServerSnapshot) {
  const socket = createSocket('udp4');
  const seal = { key: probeKey(snapshot.probe.keyHex), pair: undefined };
  const heard: Buffer[] = [];
  socket.on('message', (bytes) => heard.push(bytes));
  await new Promise<void>((resolve) => socket.bind(0, ownVip, resolve));
  return {
    ask: (nonce: bigint) =>
      socket.send(encodeRequest({ nonce, sentAtUs: 1, vip: ownVip }, 1, seal), probePort, ownVip),
    answers: () => heard.flatMap((bytes) => decodeAnswer(bytes, seal, ownVip) ?? []),
    farewells: () => heard.flatMap((bytes) => decodeFarewell(bytes, seal, ownVip) ?? []),
    close: () => socket.close(),
  };
}

test('a restarted agent knows nothing of the application until it has checked, and says farewell when it goes', async () => {
  const snapshot = version(2, onOwnVip());
  const first = await start();
  await first.answered(snapshot);
  await first.agent.close();
  // Its clock stands still: no check is made.
  const second = await start({ host: first.host, clock: createManualClock() });
  const asker = await director(snapshot);
  await expect
    .poll(() => {
      asker.ask(7n);
      return asker.answers().length;
    })
    .toBeGreaterThan(0);
  expect(asker.answers()[0]).toMatchObject({ nonce: 7n, verdicts: [{ port: 80, verdict: 'unknown' }] });
  expect(asker.farewells()).toEqual([]);
  await second.agent.close();
  await expect.poll(() => asker.farewells()).toEqual([{ nonce: 7n, sentAtUs: 1 }]);
  asker.close();
});

test('an agent that listens for knocks itself says what is lost with it', async () => {
  const { agent, coordinator, answered } = await start();
  await answered(version(2, onOwnVip()));
  await expect.poll(() => agent.exposition.metrics()).toContain('causeway_realserver_troubles 1');
  await answered(version(3, onOwnVip()));
  expect(coordinator.lastReport()?.troubles).toMatchObject([
    expect.stringMatching(/^no socket outlives this agent on TCP 7483: .*enable causeway-realserver\.socket/),
  ]);
});

test('a host that is not as it should be is a trouble until it is', async () => {
  const { host, coordinator, answered } = await start();
  await answered(version(2));
  host.refuse('load-nft');
  host.flushNft();
  const told = () => coordinator.lastReport()?.troubles;
  await expect
    .poll(told)
    .toMatchObject([
      expect.stringMatching(/^this host could not be brought to what is wanted: load-nft/),
      expect.stringMatching(/^drift nft-missing: /),
    ]);
  host.refuse(undefined);
  await expect.poll(told).toMatchObject([expect.stringMatching(/^drift nft-missing: /)]);
});

test('a damaged file is not used, and the host keeps what it has', async () => {
  const first = await start();
  await first.answered(version(2));
  await first.agent.close();
  const before = first.host.state();
  writeFileSync(join(folder, 'snapshot.json'), '{"kind":"realserver","checksum":"0"}');
  const second = await start({ host: first.host });
  expect(second.host.state()).toEqual(before);
  expect(second.coordinator.hello().appliedVersion).toBe(0);
});

test('a snapshot on disk that this version can’t bring about is a trouble, and the host keeps what it has', async () => {
  const first = await start();
  await first.answered(version(2));
  await first.agent.close();
  const before = first.host.state();
  writeFileSync(join(folder, 'snapshot.json'), atOnce(snapshotToText(version(3, { tunnel: 'gre' }))));
  let looks = 0;
  const survey: typeof first.host.survey = async (question) => {
    looks += 1;
    // At the start it is looked at; then once more, for the snapshot.
    if (looks === 2) throw new Error('nothing can be planned');
    return await first.host.survey(question);
  };
  const second = await start({ host: { ...first.host, survey } });
  expect(second.host.state()).toEqual(before);
  expect(second.agent.healthy()).toBe('nothing can be planned');
  await second.answered(version(4));
  expect(second.agent.healthy()).toBeUndefined();
});

test('what the kernel refuses is told with its reason; the snapshot before is put back', async () => {
  const { host, coordinator, answered } = await start();
  await answered(version(1));
  const before = host.state();
  host.refuse('add-link');
  expect(await answered(version(2, { tunnel: 'gre' }))).toMatch(
    /^refused 2: .*add-link: the kernel answered EBUSY/,
  );
  expect(host.state().links).toEqual(before.links);
  expect(host.state().addresses).toEqual(before.addresses);
  expect(coordinator.hello().appliedVersion).toBe(1);
});

test('a kernel that takes no GUE refuses it with its word, and the host is as before', async () => {
  const { host, answered } = await start();
  await answered(version(1));
  const before = host.state();
  host.refuse('add-gue-port');
  expect(await answered(version(2, { tunnel: 'gue', guePorts: [6080] }))).toMatch(
    /^refused 2: .*add-gue-port/,
  );
  expect(host.state()).toEqual(before);
});

test('beside somebody’s IPIP to anybody each director has a device of its own, unless the host is dedicated', async () => {
  const tunl0 = { name: 'tunl0', kind: 'ipip', up: true, mtu: 1_480, external: false };
  const other = () => {
    const host = createFakeHost(own);
    host.look({ links: [tunl0] });
    return host;
  };
  const beside = await start({ host: other() });
  expect(await beside.answered(version(1))).toBe('acknowledged 1');
  const names = beside.host.state().links.map(({ name }) => name);
  expect(names).toEqual(['cw-vip', 'cw-i0a010002', 'cw-i0a020002']);
  await beside.agent.close();
  const dedicated = await start({ host: other(), dedicated: true });
  expect(await dedicated.answered(version(1))).toBe('acknowledged 1');
  expect(dedicated.host.state().links.map(({ name }) => name)).toEqual(['cw-ipip']);
});

test('a VIP on its own card, or claimed by a director here, is refused with the place', async () => {
  const { host, answered } = await start();
  host.look({ addresses: [own, { link: 'eth0', address: '192.0.2.10', prefixLength: 24 }] });
  expect(await answered(version(1))).toMatch(/^refused 1: a VIP is .*192\.0\.2\.10 on eth0/);
  host.look({ addresses: [own] });
  const route = { family: 'ipv4', type: 'local', destination: '192.0.2.10/32', link: 'lo' } as const;
  host.stray({ ...route, table: 7477 });
  expect(await answered(version(2))).toMatch(/^refused 2: a director on this very host has claimed/);
  host.stray({ ...route, table: 255 });
  expect(await answered(version(3))).toBe('acknowledged 3');
});

test('what comes later and hinders it is a trouble until it goes', { timeout: 60_000 }, async () => {
  const clock = createManualClock();
  const { host, coordinator, answered } = await start({ clock });
  await answered(version(1));
  const troubles = () => coordinator.lastReport()?.troubles.join(' ') ?? '';
  const told = () =>
    expect.poll(async () => {
      await clock.advance(1_000);
      return troubles();
    }, patiently);
  const eth0 = { name: 'eth0', kind: undefined, up: true, mtu: 1_500 };
  host.look({ links: [eth0, { name: 'far', kind: 'ipip', up: true, mtu: 1_480, remote: '10.1.0.2' }] });
  await told().toMatch(/far \(ipip to 10\.1\.0\.2\)/);
  host.look({ links: [eth0] });
  await told().not.toMatch(/far \(ipip/);
});

test('a host that becomes another one is planned for anew', { timeout: 60_000 }, async () => {
  const clock = createManualClock();
  const { host, answered } = await start({ clock });
  await answered(version(1));
  const filter = () => host.state().sysctls.find(({ name }) => name === 'net.ipv4.conf.eth0.rp_filter');
  expect(filter()).toBeUndefined();
  // The route to a director moves to another device, and the underlay's filter is strict.
  host.look({ strict: new Set(['eth0']), ways: new Map([['10.1.0.2', { link: 'eth1', isLocal: false }]]) });
  await expect
    .poll(async () => {
      await clock.advance(1_000);
      return filter()?.value;
    }, patiently)
    .toBe('2');
});

test('a device of our name that the ledger does not know', async () => {
  const host = createFakeHost(own);
  await host.apply({ kind: 'add-link', link: { name: 'cw-ipip', type: 'ipip', external: true, up: true } });
  const { answered } = await start({ host });
  expect(await answered(version(1))).toMatch(
    /^refused 1: take over link cw-ipip: .*ledger does not know it: rename or delete it \(ip link delete cw-ipip\)/,
  );
});

test('an implausible snapshot', async () => {
  const { host, answered } = await start();
  await answered(version(1));
  expect(await answered(version(2, { services: [] }))).toMatch(/^refused 2: implausible: empty/);
  expect(host.state().addresses.length).toBe(1);
  expect(await answered(directorSnapshot())).toBe(
    "refused 1: this is a real server, and the snapshot is a director's",
  );
});

test('told its collectors, it sends them proofs from its VIPs', patiently, async () => {
  const { answered } = await start();
  const [vip, at] = ['127.0.0.19', '127.0.0.77'];
  const keyHex = 'cd'.repeat(16);
  const seal = { key: probeKey(keyHex), pair: undefined };
  const collector = createSocket('udp4');
  const first = new Promise<{ bytes: Buffer; from: string }>((resolve) =>
    collector.once('message', (bytes, { address }) => resolve({ bytes, from: address })),
  );
  await new Promise<void>((resolve) => collector.bind(collectorPort, at, resolve));
  const [service] = realServerSnapshot().services;
  if (service === undefined) throw new Error('the sample is empty');
  const services = [{ ...service, vips: [vip] }];
  const collectors = [{ name: 'lon-d1', addresses: [at], epoch: 7, keyHex }];
  await answered(version(1, { services, collectors }));
  const { bytes, from } = await first;
  collector.close();
  expect(from).toBe(vip);
  expect(decodeRound(bytes, () => seal)).toMatchObject({
    kind: 'proof',
    realServer: 'fra-1',
    epoch: 7,
    vips: [vip],
  });
});
