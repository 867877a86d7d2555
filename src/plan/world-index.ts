/** A world by what is looked up in it: made once for as long as somebody holds the world, each part when it is first asked for. */
import { canonicalAddress } from '../domain/address.ts';
import type { Member, RealServerMember } from '../domain/member.ts';
import type { Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { remembered } from './remembered.ts';
import { selects } from './selection.ts';

const none: readonly never[] = [];

type ByAddress<T> = (address: string) => readonly T[];
type Members = Pick<World, 'directors' | 'realServers'>;

/** By canonical address: the services that have it as a VIP, in the world's order, each once. */
export const servicesWithVip = remembered(({ services }: Pick<World, 'services'>): ByAddress<Service> => {
  const found = new Map<string, Service[]>();
  for (const service of services) {
    for (const address of new Set(service.vips.map(canonicalAddress))) {
      if (address !== undefined) added(found, address, service);
    }
  }
  return (address) => found.get(address) ?? none;
});

/** Members change seldomer than what is declared: what is found among them is kept for as long as they stay. */
const standingAt = remembered((members: readonly Member[]): ByAddress<Member> => {
  const found = new Map<string, Member[]>();
  for (const member of members) {
    const address = canonicalAddress(member.address);
    if (address !== undefined) added(found, address, member);
  }
  return (address) => found.get(address) ?? none;
});

/** By canonical address: the members that stand there, directors first. */
export function membersAt({ directors, realServers }: Members): ByAddress<Member> {
  return (address) => [...standingAt(directors)(address), ...standingAt(realServers)(address)];
}

const standingBehind = remembered((members: readonly Member[]): ByAddress<Member> => {
  const found = new Map<string, Member[]>();
  for (const member of members) for (const gateway of member.gateways ?? []) added(found, gateway, member);
  return (address) => found.get(address) ?? none;
});

/** By address of a router: the members whose packets leave by it. */
export function membersBehind({ directors, realServers }: Members): ByAddress<Member> {
  return (address) => [...standingBehind(directors)(address), ...standingBehind(realServers)(address)];
}

const withName = remembered(
  (services: readonly Service[]): ReadonlyMap<string, Service> =>
    new Map(services.map((service) => [service.name, service])),
);

/** By service name: the real servers that it selects, of undeclared sites too, in the world's order. */
export function selectedInWorld({
  services,
  realServers,
}: Pick<World, 'services' | 'realServers'>): (service: string) => readonly RealServerMember[] {
  return (name) => {
    const service = withName(services).get(name);
    return service === undefined ? none : selectedAmong(realServers)(service);
  };
}

/** Thousands of services may select by the same labels: one of them is asked for all. */
const selectedAmong = remembered((realServers: readonly RealServerMember[]) => {
  const byLabel = new Map<string, RealServerMember[]>();
  for (const realServer of realServers)
    for (const [label, value] of Object.entries(realServer.labels))
      added(byLabel, labelKey(label, value), realServer);
  const known = new Map<string, readonly RealServerMember[]>();
  return (service: Service): readonly RealServerMember[] => {
    const labels = Object.entries(service.selector).map(([label, value]) => labelKey(label, value));
    const key = JSON.stringify(labels.toSorted());
    const carrying = labels.map((label) => byLabel.get(label) ?? none);
    const found =
      known.get(key) ??
      carrying
        .reduce((few, some) => (some.length < few.length ? some : few), realServers)
        .filter((realServer) => selects(service, realServer));
    known.set(key, found);
    return found;
  };
});

export const siteNames = remembered(
  ({ sites }: Pick<World, 'sites'>): ReadonlySet<string> => new Set(sites.map(({ name }) => name)),
);

export const serviceNames = remembered(
  ({ services }: Pick<World, 'services'>): ReadonlySet<string> => new Set(services.map(({ name }) => name)),
);

export const realServerNames = remembered(
  ({ realServers }: Pick<World, 'realServers'>): ReadonlySet<string> =>
    new Set(realServers.map(({ name }) => name)),
);

function added<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}

function labelKey(label: string, value: string): string {
  return `${label}\0${value}`;
}
