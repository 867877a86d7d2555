/** A service as directors of before know it: they refuse a snapshot with a word that they do not know, and with it all other services. */
import { firstSchedulers } from '../domain/ipvs-table.ts';
import { type DirectorMember, isCapable } from '../domain/member.ts';
import { type Announcement, defaultAnnouncement, type Service, type Site } from '../domain/resource.ts';
import { isRange } from '../domain/service-port.ts';
import type { DirectorService, DirectorSnapshot } from '../domain/snapshot.ts';
import { type GueSettings, gueOf } from '../domain/tunnel.ts';
import { hostOf } from '../domain/vip-network.ts';
import type { World } from '../domain/world.ts';
import { remembered } from './remembered.ts';

/** Whether it says anything that they do not know. */
export function beyondFirst({ scheduler, tuning }: Pick<Service, 'scheduler' | 'tuning'>): boolean {
  return tuning !== undefined || !firstSchedulers.has(scheduler);
}

/** An apply is refused where such a director is known; one that comes later serves it as well as it can. */
export function asKnownBy(director: DirectorMember, service: DirectorService): DirectorService | undefined {
  const isWide = (service.networks ?? []).length > 0 || service.ports.some(isRange);
  const known = isWide && !isCapable(director, 'port-ranges') ? withoutRanges(service) : service;
  if (known === undefined) return undefined;
  return isCapable(director, 'service-tuning') || !beyondFirst(known) ? known : plainOf(known);
}

const withoutRanges = remembered((service: DirectorService): DirectorService | undefined => {
  const { askedPort: _, networks: __, ...rest } = service;
  const ends = singleEnds(service);
  return ends && { ...rest, ...ends };
});

type Ends = Pick<DirectorService, 'ports' | 'vips' | 'networks'>;

/** Of a director or a real server that would take a range for its first port, or a network for one address. Undefined where nothing is left. */
export function singleEnds({
  networks = [],
  ...given
}: Ends): Pick<DirectorService, 'ports' | 'vips'> | undefined {
  const wide = new Set(networks.map(hostOf));
  const vips = wide.size === 0 ? given.vips : given.vips.filter((vip) => !wide.has(vip));
  const ports = given.ports.some(isRange) ? given.ports.filter((one) => !isRange(one)) : given.ports;
  return ports.length === 0 || vips.length === 0 ? undefined : { vips, ports };
}

const plainOf = remembered(({ tuning: _, ...service }: DirectorService): DirectorService => {
  const { scheduler } = service;
  return { ...service, scheduler: firstSchedulers.has(scheduler) ? scheduler : 'wrr' };
});

/** An object to be spread: settings of IPVS, where any are chosen and it knows of them. */
export function ipvsFor(
  director: DirectorMember,
  { ipvs }: Pick<World, 'ipvs'>,
): Pick<DirectorSnapshot, 'ipvs'> {
  const isChosen = ipvs !== undefined && Object.keys(ipvs).length > 0;
  return isChosen && isCapable(director, 'service-tuning') ? { ipvs } : {};
}

/** An object to be spread: how it claims VIPs, where that is not as by default and it knows of it. */
export function announceFor(
  director: DirectorMember,
  { announce = defaultAnnouncement }: Pick<Site, 'announce'>,
): Pick<DirectorSnapshot, 'announce'> {
  return announce !== defaultAnnouncement && knows(director, announce) ? { announce } : {};
}

/** Whether its program knows this way to claim VIPs. */
export function knows(director: DirectorMember, announce: Announcement): boolean {
  switch (announce) {
    case 'link':
      return true;
    case 'routing':
      return isCapable(director, 'announce');
    case 'vrrp':
      return isCapable(director, 'vrrp');
  }
}

/** Undefined for those of before as well: by a hash over what they do not know they would refuse all of the snapshot. They send to the default port. */
export function gueFor(director: DirectorMember, site: Site): GueSettings | undefined {
  return isCapable(director, 'gue') ? gueOf(site) : undefined;
}
