/** A world by what is looked up in it: made once for as long as somebody holds the world, each part when it is first asked for. */
import { canonicalAddress } from '../domain/address.ts';
import type { Member, RealServerMember } from '../domain/member.ts';
import type { Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { remembered } from './remembered.ts';
import { selecting } from './selecting.ts';

const none: readonly never[] = [];

type ByAddress<T> = (address: string) => readonly T[];

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

/** By canonical address: the members that stand there, directors first. */
export const membersAt = remembered(
  ({ directors, realServers }: Pick<World, 'directors' | 'realServers'>): ByAddress<Member> => {
    const found = new Map<string, Member[]>();
    for (const member of [...directors, ...realServers]) {
      const address = canonicalAddress(member.address);
      if (address !== undefined) added(found, address, member);
    }
    return (address) => found.get(address) ?? none;
  },
);

/** By address of a router: the members whose packets leave by it. */
export const membersBehind = remembered(
  ({ directors, realServers }: Pick<World, 'directors' | 'realServers'>): ByAddress<Member> => {
    const found = new Map<string, Member[]>();
    for (const member of [...directors, ...realServers])
      for (const gateway of member.gateways ?? []) added(found, gateway, member);
    return (address) => found.get(address) ?? none;
  },
);

/** By service name: the real servers that it selects, of undeclared sites too, in the world's order. */
export const selectedInWorld = remembered(
  ({ services, realServers }: Pick<World, 'services' | 'realServers'>) => {
    // Thousands of services may select by the same labels: one of them is asked for all.
    const asked = new Map<string, Service>();
    const askedFor = new Map<string, string>();
    for (const service of services) {
      const labels = JSON.stringify(Object.entries(service.selector).toSorted());
      const one = asked.get(labels) ?? service;
      asked.set(labels, one);
      askedFor.set(service.name, one.name);
    }
    const selectingServices = selecting([...asked.values()]);
    const found = new Map<string, RealServerMember[]>();
    for (const realServer of realServers) {
      for (const { name } of selectingServices(realServer)) added(found, name, realServer);
    }
    return (service: string): readonly RealServerMember[] => found.get(askedFor.get(service) ?? '') ?? none;
  },
);

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
