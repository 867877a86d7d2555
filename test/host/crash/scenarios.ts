/** Hosts as they may be before Causeway, and what it is then told to want, one after the other. */
import type { AddressReading } from '../../../src/kernel/link/codec-address.ts';
import type { RouteReading } from '../../../src/kernel/link/codec-route.ts';
import type { DirectorFacts } from '../../../src/plan/director-host.ts';
import { directorSnapshot, realServerSnapshot } from '../../agents/snapshots.ts';
import { plainFacts } from '../../agents/writes.ts';
import { createModelIpvs } from './model-ipvs.ts';
import { bareKernel, createModelKernel, type KernelState } from './model-kernel.ts';
import { director, realServer, type World, worldWith } from './world.ts';

const directorFacts: DirectorFacts = {
  address: '10.1.0.2',
  prefixLength: 24,
  link: 'eth0',
  isStrict: true,
  vipsElsewhere: true,
  ipv6: 'on',
};

const [service] = directorSnapshot().services;
if (service === undefined) throw new Error('no service');
const { realServers } = directorSnapshot();
const dual = { ...service, vips: ['192.0.2.10', '2001:db8:a::10'] };

const plain = directorSnapshot({ services: [dual] });
/** Another VIP beside one that stays, more real servers than ports were reserved for, other settings, one real server left. */
const changed = directorSnapshot({
  services: [
    { ...dual, vips: ['192.0.2.10', '192.0.2.77'], ports: [{ protocol: 'udp', port: 53, targetPort: 53 }] },
  ],
  realServers: realServers.slice(1).map((one) => ({ ...one, probeSlot: 4_100 })),
  ipvs: { connReuseMode: 0, udpTimeoutSeconds: 30 },
});
const changedAgain = directorSnapshot({
  services: [dual],
  ipvs: { connReuseMode: 1, udpTimeoutSeconds: 60 },
});
const routed = directorSnapshot({ services: [dual], announce: 'routing' });
const none = directorSnapshot({ services: [], realServers: [] });

const foreign = createModelIpvs([
  {
    service: {
      key: { kind: 'address', protocol: 'tcp', address: '198.51.100.9', port: 80 },
      scheduler: 'rr',
      schedulerFlags: { fallback: false, port: false },
      persistenceSeconds: 0,
    },
    counters: { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 },
    destinations: [],
  },
]);

function localRoute(destination: string, linkIndex: number): RouteReading {
  return {
    family: destination.includes(':') ? 'ipv6' : 'ipv4',
    ...{ table: 255, type: 2, destination, linkIndex },
    ...{
      gateway: undefined,
      advertisedMss: undefined,
      mtu: undefined,
      preferredSource: undefined,
      priority: 0,
    },
  };
}

function addressOn(linkIndex: number, address: string): AddressReading {
  const isV6 = address.includes(':');
  return {
    family: isV6 ? 'ipv6' : 'ipv4',
    ...{ linkIndex, address, prefixLength: isV6 ? 128 : 32 },
    ...{ preferredLifetimeSeconds: 0xffff_ffff, scope: 0 },
  };
}

function world(changes: Partial<KernelState> = {}): World {
  return worldWith(createModelKernel({ ...bareKernel, ...changes }), foreign.copy());
}

const otherRule = { family: 'ipv4', priority: 100, table: 100, from: '10.9.0.0/16' } as const;

const tunnelled = realServerSnapshot();
const dualService = tunnelled.services.map((one) => ({ ...one, vips: ['192.0.2.10', '2001:db8:a::10'] }));
const server = realServer(() => plainFacts('10.1.0.11'));

export const scenarios = [
  { name: 'a director', program: director(directorFacts), initial: world, wanted: [plain] },
  {
    name: 'a director that is told of changes',
    program: director(directorFacts),
    initial: () => world({ rules: [otherRule] }),
    wanted: [plain, changed, changedAgain],
  },
  {
    name: 'a director whose services all go',
    program: director(directorFacts),
    initial: world,
    wanted: [plain, none],
  },
  {
    name: 'a director whose VIPs a routing daemon is to follow, and then is not',
    program: director(directorFacts),
    initial: world,
    wanted: [plain, routed, plain],
  },
  {
    name: 'a director that claims nothing',
    program: director(directorFacts, false),
    initial: world,
    wanted: [plain],
  },
  {
    name: "a director whose VIPs are addresses of its host's already",
    program: director(directorFacts),
    initial: () =>
      world({
        addresses: [addressOn(1, '2001:db8:a::10'), addressOn(2, '192.0.2.10')],
        routes: [localRoute('2001:db8:a::10/128', 1), localRoute('192.0.2.10/32', 2)],
      }),
    wanted: [plain, changed],
  },
  {
    name: 'a director whose VIP was on lo before',
    program: director(directorFacts),
    initial: () =>
      world({ addresses: [addressOn(1, '192.0.2.10')], routes: [localRoute('192.0.2.10/32', 1)] }),
    wanted: [plain],
  },
  {
    name: 'a real server',
    program: server,
    initial: world,
    wanted: [realServerSnapshot({ services: dualService })],
  },
  {
    name: 'a real server that goes from IPIP to GUE, to GRE, to no tunnel and on',
    program: server,
    initial: world,
    wanted: [
      tunnelled,
      realServerSnapshot({ tunnel: 'gue', services: dualService, guePorts: [6_080] }),
      realServerSnapshot({ tunnel: 'gue', services: dualService, guePorts: [6_081] }),
      realServerSnapshot({ tunnel: 'gre' }),
      realServerSnapshot({ directors: [{ name: 'fra-d1', address: '10.1.0.2', forwarding: 'direct' }] }),
    ],
  },
  {
    name: 'a real server whose address changes',
    program: realServer(({ version }) => plainFacts(version === 1 ? '10.1.0.11' : '10.1.0.12')),
    initial: world,
    wanted: [
      realServerSnapshot({ services: dualService }),
      realServerSnapshot({ services: dualService, version: 2 }),
    ],
  },
  {
    name: 'a real server whose services all go',
    program: server,
    initial: world,
    wanted: [tunnelled, realServerSnapshot({ services: [] })],
  },
] as const;
