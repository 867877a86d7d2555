import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDirectorAgent } from '../../../agents/director/agent.ts';
import { createNonces } from '../../../agents/director/nonce.ts';
import type { Agent } from '../../../agents/shared/agent.ts';
import { snapshotChecksum } from '../../../src/api/checksum.ts';
import type { DirectorSnapshot } from '../../../src/domain/snapshot.ts';
import { openLedger } from '../../../src/kernel/ledger.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createSnapshotFile } from '../../../src/runtime/snapshot-file.ts';
import { createFakeHost, createFakeIpvs } from '../fake-kernel.ts';
import { createFakeCoordinator } from '../fake-link.ts';
import { directorSnapshot, realServerSnapshot } from '../snapshots.ts';

let folder = '';
const agents: Agent[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-director-'));
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  rmSync(folder, { recursive: true, force: true });
});

const web = 'tcp 192.0.2.10:80: ';
const probes = ['mark 0x43570001 ipv4: 10.1.0.11:0 1', 'mark 0x43570002 ipv4: 10.2.0.11:0 1'];

/** A director whose probes nobody answers: what is not known changes nothing. */
async function start(
  parts: { ipvs?: ReturnType<typeof createFakeIpvs>; host?: ReturnType<typeof createFakeHost> } = {},
) {
  const ipvs = parts.ipvs ?? createFakeIpvs();
  const host = parts.host ?? createFakeHost({ link: 'eth0', address: '127.0.0.1', prefixLength: 8 });
  const coordinator = createFakeCoordinator();
  const ledger = await openLedger(join(folder, 'ledger.json'));
  const agent = await createDirectorAgent({
    config: {
      role: 'director',
      site: 'fra',
      name: 'fra-d1',
      address: '127.0.0.1',
      coordinators: ['127.0.0.1:1'],
      stateDir: folder,
      http: undefined,
      logLevel: 'silent',
      cleanup: false,
    },
    ipvs,
    host,
    ledger,
    file: createSnapshotFile(join(folder, 'snapshot.json'), 'director'),
    connect: coordinator.connect,
    clock: realClock,
    random: Math.random,
    nonce: createNonces(),
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
  return { ...next, checksum: snapshotChecksum(next) };
}

test('a snapshot is programmed, owned, saved, and only then acknowledged', async () => {
  const { ipvs, host, ledger, coordinator, answered } = await start();
  expect(coordinator.hello()).toMatchObject({ role: 'director', appliedVersion: 0, prefixLength: 8 });
  expect(await answered(version(3))).toBe('acknowledged 3');
  // Nobody is known to be healthy, so nobody carries traffic yet.
  expect(ipvs.lines()).toEqual([web, ...probes]);
  expect(host.state().addresses).toMatchObject([{ link: 'lo', address: '192.0.2.10', prefixLength: 32 }]);
  expect(ledger.ownedVips()).toEqual(['192.0.2.10']);
  expect(coordinator.hello()).toMatchObject({ appliedVersion: 3, appliedChecksum: version(3).checksum });
  const saved = await createSnapshotFile(join(folder, 'snapshot.json'), 'director').load();
  expect(saved?.version).toBe(3);
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
