/** The world that plans are made from, as the store has it. */
import type { Member } from '../../domain/member.ts';
import type { ProbeKeys, ProbeSecrets, ProbeSettings } from '../../domain/probe.ts';
import type {
  Override,
  RealServer,
  RemovableId,
  RemovableKind,
  Resource,
  Service,
  Settings,
  Site,
} from '../../domain/resource.ts';
import { resourceId, settingsName } from '../../domain/resource.ts';
import type { PlannedWeights, Withdrawals, World } from '../../domain/world.ts';
import { takingPart } from '../../plan/left-out.ts';
import { remembered } from '../../plan/remembered.ts';
import { returnPathOrders } from '../../plan/return-paths.ts';
import { sameList } from '../../plan/snapshot-index.ts';
import { createProbeKeys } from '../../probe/keys.ts';
import type { StoreView } from './store-view.ts';

/** Three probes in a row lost, and two handshakes in vain meanwhile: a dead destination a millisecond away is out of use within 550 ms, and one 100 ms away within 730 ms; a host that reboots is given up after 10 s, so that its clients reconnect. */
export const defaultProbe: Omit<ProbeSettings, 'keyHex'> = {
  intervalMs: 160,
  downAfterMs: 500,
  goneAfterMs: 10_000,
  rise: 3,
};

type WorldSource = Pick<
  StoreView,
  'resources' | 'members' | 'latency' | 'deletedServices' | 'probeKeyHex' | 'ownAddresses'
> &
  Partial<Pick<StoreView, 'probeSecrets' | 'returnPaths' | 'coordinators'>>;

/** What this coordinator has decided by itself. */
export interface Decided {
  readonly weights?: PlannedWeights | undefined;
  readonly withdrawals?: Withdrawals | undefined;
}

export function worldOf(
  view: WorldSource,
  { weights = new Map(), withdrawals = new Map() }: Decided = {},
): World {
  return {
    ...membersAndResources(view),
    latency: view.latency(),
    returnPaths: view.returnPaths?.() ?? [],
    coordinators: view.coordinators?.() ?? [],
    plannedWeights: weights,
    withdrawals,
    probe: { keyHex: view.probeKeyHex() ?? '', ...defaultProbe },
    probeKeys: keysOf(view.probeSecrets?.()),
    deletedServices: view.deletedServices(),
  };
}

/** The same keys for as long as the view gives the same secrets. */
const probeKeysOf = remembered(({ secrets, inUse }: ProbeSecrets) => createProbeKeys(secrets, inUse));

function keysOf(secrets: ProbeSecrets | undefined): ProbeKeys | undefined {
  return secrets && probeKeysOf(secrets);
}

type Stored = Omit<
  World,
  'latency' | 'returnPaths' | 'coordinators' | 'plannedWeights' | 'withdrawals' | 'probe' | 'deletedServices'
>;

/** One answer for as long as the view gives the same lists. */
const known = new WeakMap<readonly Member[], { resources: readonly Resource[]; stored: Stored }>();

function membersAndResources(view: WorldSource): Stored {
  const [resources, members] = [view.resources(), view.members()];
  const before = known.get(members);
  if (before?.resources === resources) return before.stored;
  const declared = splitResources(resources);
  const { ownAddresses } = view;
  const taking = takingPart(members, declared.services);
  const stored = {
    ...declared,
    ...taking,
    // What is looked up among members is kept for as long as their lists are.
    directors: sameList(before?.stored.directors, taking.directors),
    realServers: sameList(before?.stored.realServers, taking.realServers),
    ...(ownAddresses === undefined ? {} : { ownAddresses }),
  };
  known.set(members, { resources, stored });
  return stored;
}

/** As it is now: without the overrides that have expired, and with what services require of return paths, as if that were ordered. */
export function worldAt(view: WorldSource, nowMs: number, decided?: Decided): World {
  return inForceAt(worldOf(view, decided), nowMs);
}

/** Of a world with all that is declared, the same. */
export function inForceAt(world: World, nowMs: number): World {
  const inForce = world.overrides.filter(({ expiresAtMs }) => nowMs < expiresAtMs);
  return { ...world, overrides: [...inForce, ...returnPathOrders(world)] };
}

/** With the changes that are under way: what agents are to do meanwhile. */
export function worldUnderway(
  view: WorldSource & Pick<StoreView, 'handovers'>,
  nowMs: number,
  decided?: Decided,
): World {
  return { ...worldAt(view, nowMs, decided), handovers: view.handovers() };
}

/** The world once these resources are declared; a service among them is no longer deleted. */
export function worldWith(world: World, declared: readonly Resource[]): World {
  if (declared.length === 0) return world;
  const all: Resource[] = [
    ...world.sites,
    ...world.services,
    ...world.realServerPolicies,
    ...world.overrides,
  ];
  const merged = new Map([...all, ...declared].map((resource) => [resourceId(resource), resource]));
  const services = new Set(declared.filter(({ kind }) => kind === 'Service').map(({ name }) => name));
  const deletedServices = world.deletedServices.filter((name) => !services.has(name));
  return { ...world, ...splitResources([...merged.values()]), deletedServices };
}

/** The world once these are deleted; services among them on purpose. Members go with their names. */
export function worldWithout(world: World, ids: readonly RemovableId[]): World {
  if (ids.length === 0) return world;
  const gone = new Set(ids.map(({ kind, name }) => `${kind}/${name}`));
  const stays =
    (kind: RemovableKind) =>
    ({ name }: { readonly name: string }): boolean =>
      !gone.has(`${kind}/${name}`);
  const deleted = ids.filter(({ kind }) => kind === 'Service').map(({ name }) => name);
  return {
    ...world,
    sites: world.sites.filter(stays('Site')),
    services: world.services.filter(stays('Service')),
    realServerPolicies: world.realServerPolicies.filter(stays('RealServer')),
    overrides: world.overrides.filter(stays('Override')),
    directors: world.directors.filter(stays('Director')),
    realServers: world.realServers.filter(stays('RealServer')),
    deletedServices: [...new Set([...world.deletedServices, ...deleted])],
    ...(gone.has(`Settings/${settingsName}`) ? { ipvs: {} } : {}),
  };
}

function splitResources(
  resources: readonly Resource[],
): Pick<World, 'sites' | 'services' | 'realServerPolicies' | 'overrides' | 'ipvs'> {
  const settings = resources.find((resource): resource is Settings => resource.kind === 'Settings');
  return {
    ...(settings === undefined ? {} : { ipvs: settings.ipvs }),
    sites: resources.filter((resource): resource is Site => resource.kind === 'Site'),
    services: resources.filter((resource): resource is Service => resource.kind === 'Service'),
    realServerPolicies: resources.filter(
      (resource): resource is RealServer => resource.kind === 'RealServer',
    ),
    overrides: resources.filter((resource): resource is Override => resource.kind === 'Override'),
  };
}
