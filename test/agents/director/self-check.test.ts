import { expect, test } from 'vitest';
import { createSelfCheck } from '../../../agents/director/self-check.ts';
import { emptyHostState, type NftTable } from '../../../src/domain/host-state.ts';
import type { ServiceEntry, ServiceState } from '../../../src/domain/ipvs-table.ts';

const marks: NftTable = {
  kind: 'probe-marks',
  name: 'causeway_director',
  vips: ['192.0.2.10'],
  probePort: 7483,
  marks: [],
};
const service: ServiceEntry = {
  service: {
    key: { kind: 'mark', mark: 0x43570001, family: 'ipv4' },
    scheduler: 'rr',
    schedulerFlags: { fallback: false, port: false },
    persistenceSeconds: 0,
  },
  destinations: [{ address: '10.1.0.11', port: 0, weight: 1, forwarding: 'direct' }],
};
const counters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
const idle = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, counters };
const present: ServiceState = {
  ...service,
  counters,
  destinations: service.destinations.map((one) => ({ ...one, ...idle })),
};

/** A host whose rules and table are what the story says. */
function setUp() {
  const host = {
    generation: 1 as number | undefined,
    nft: [marks] as NftTable[],
    table: present as ServiceState | undefined,
  };
  const faults: string[] = [];
  let reads = 0;
  const self = createSelfCheck({
    host: {
      nftGeneration: async () => host.generation,
      read: async () => {
        reads += 1;
        return { ...emptyHostState, nft: host.nft, strangers: [], strays: [] };
      },
    },
    ipvs: { readService: async () => host.table },
    marks: () => marks,
    probeService: () => service,
    onFault: (what) => faults.push(what),
  });
  return {
    host,
    faults,
    self,
    reads: () => reads,
    check: (inEarnest = true) => self.check('fra-1', '192.0.2.10', inEarnest),
  };
}

test('all in place; the rules are read once for each generation', async () => {
  const { host, faults, reads, check } = setUp();
  expect((await check()).isWell).toBe(true);
  expect((await check()).isWell).toBe(true);
  expect(reads()).toBe(1);
  host.generation = 2;
  expect((await check()).isWell).toBe(true);
  expect([reads(), faults]).toEqual([2, []]);
});

test('marks that somebody flushed are a fault, and so is silence about them', async () => {
  const { host, faults, self, check } = setUp();
  const before = await check();
  host.generation = 2;
  host.nft = [];
  expect((await check()).isWell).toBe(false);
  expect(await self.isSame(before)).toBe(false);
  expect(await self.marksInPlace()).toBe(false);
  expect(faults).toEqual(['marks']);
  host.generation = 3;
  host.nft = [marks];
  expect([(await check()).isWell, await self.marksInPlace()]).toEqual([true, true]);
});

test.each<[string, ServiceState | undefined]>([
  ['gone', undefined],
  ['without its destination', { ...present, destinations: [] }],
])('a firewall-mark service that is %s: only asked in earnest', async (_, table) => {
  const { host, faults, check } = setUp();
  host.table = table;
  expect((await check(false)).isWell).toBe(true);
  expect((await check(true)).isWell).toBe(false);
  expect(faults).toEqual(['service']);
});

test('a kernel that tells no generation is believed: its rules are looked at by the host’s own look', async () => {
  const { host, self, reads, check } = setUp();
  host.generation = undefined;
  const state = await check();
  expect([state.isWell, await self.isSame(state), reads()]).toEqual([true, true, 0]);
});
