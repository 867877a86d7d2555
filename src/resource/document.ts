/** A resource as its file says it, and as the rest of Causeway knows it. */

import { knownIpvsSettings } from '../domain/ipvs-settings.ts';
import {
  apiVersion,
  defaultAnnouncement,
  type OperatorRights,
  type RealServer,
  type Resource,
  type Service,
  type Settings,
  type Site,
} from '../domain/resource.ts';
import { portText } from '../domain/snapshot.ts';
import { bearsPort, defaultGue } from '../domain/tunnel.ts';
import { canonicalVip } from '../domain/vip-network.ts';
import { healthDocument, healthFrom } from './health-document.ts';
import { overrideDocument } from './override-document.ts';
import { parsePort } from './port-text.ts';
import type { RealServerDocument, ServiceDocument, SettingsDocument, SiteDocument } from './schema.ts';
import { parseShare, shareText } from './share-text.ts';
import { tuningDocument, tuningFrom } from './tuning-document.ts';

export function siteOf({ metadata, spec }: SiteDocument): Site {
  const { type, port = defaultGue.port, checksum = defaultGue.checksum } = spec.tunnel;
  const gue = bearsPort(type) ? { gue: { port, checksum } } : {};
  const { announce } = spec;
  const other = announce === defaultAnnouncement ? {} : { announce };
  return { kind: 'Site', name: metadata.name, tunnel: type, ...gue, ...other };
}

export function realServerOf({ metadata, spec }: RealServerDocument): RealServer {
  return { kind: 'RealServer', name: metadata.name, weight: spec.weight, drain: spec.drain };
}

export function settingsOf({ metadata, spec }: SettingsDocument): Settings {
  const { services, destinations } = spec.removal;
  return {
    kind: 'Settings',
    name: metadata.name,
    removal: {
      servicesPermille: parseShare(services) ?? 0,
      destinationsPermille: parseShare(destinations) ?? 0,
    },
    operators: (spec.operators ?? []).map(({ name, services = [], sites = [] }) => ({
      name,
      services,
      sites,
    })),
    ipvs: knownIpvsSettings(spec.ipvs ?? {}),
  };
}

export function serviceOf({ metadata, spec }: ServiceDocument): Service {
  return {
    kind: 'Service',
    name: metadata.name,
    vips: spec.vips.map(canonicalVip).filter((vip) => vip !== undefined),
    ports: spec.ports.map(parsePort).filter((port) => port !== undefined),
    selector: spec.selector,
    scheduler: spec.scheduler,
    forwarding: spec.forwarding,
    persistenceSeconds: spec.persistence?.seconds ?? 0,
    ...tuningFrom(spec),
    placement: spec.placement.policy,
    slowStartSeconds: spec.placement.slowStartSeconds,
    failOpen: spec.placement.failOpen,
    drainSeconds: spec.drainSeconds,
    health: healthFrom(spec.health),
    ...(spec.requireReturnPath ? { requireReturnPath: true } : {}),
    sites: spec.sites ?? [],
  };
}

/** The way back, with every default spelt out; what is off is left out. */
export function documentOf(resource: Resource): Record<string, unknown> {
  return { apiVersion, kind: resource.kind, metadata: { name: resource.name }, spec: specOf(resource) };
}

function specOf(resource: Resource): Record<string, unknown> {
  switch (resource.kind) {
    case 'Site':
      // Of any type, and of none that is known: what stands where it must not is judged as in a file.
      return {
        tunnel: {
          type: resource.tunnel,
          ...(resource.gue ?? (resource.tunnel === 'gue' ? defaultGue : {})),
        },
        announce: resource.announce ?? defaultAnnouncement,
      };
    case 'RealServer':
      return { weight: resource.weight, drain: resource.drain };
    case 'Override':
      return overrideDocument(resource);
    case 'Settings': {
      const { removal, operators, ipvs } = resource;
      const { servicesPermille, destinationsPermille } = removal;
      return {
        removal: { services: shareText(servicesPermille), destinations: shareText(destinationsPermille) },
        ...(operators.length === 0 ? {} : { operators: operators.map(rightsDocument) }),
        ...(Object.keys(ipvs).length === 0 ? {} : { ipvs: { ...ipvs } }),
      };
    }
    case 'Service':
      return {
        vips: [...resource.vips],
        ports: resource.ports.map(portText),
        selector: { ...resource.selector },
        scheduler: resource.scheduler,
        forwarding: resource.forwarding,
        ...tuningDocument(resource),
        placement: placementDocument(resource),
        ...(resource.drainSeconds === undefined ? {} : { drainSeconds: resource.drainSeconds }),
        health: healthDocument(resource.health),
        requireReturnPath: resource.requireReturnPath === true,
        ...(resource.sites.length === 0 ? {} : { sites: [...resource.sites] }),
      };
  }
}

function rightsDocument({ name, services, sites }: OperatorRights): Record<string, unknown> {
  return {
    name,
    ...(services.length === 0 ? {} : { services: [...services] }),
    ...(sites.length === 0 ? {} : { sites: [...sites] }),
  };
}

function placementDocument({
  placement: policy,
  slowStartSeconds,
  failOpen,
}: Service): Record<string, unknown> {
  return { policy, ...(slowStartSeconds === undefined ? {} : { slowStartSeconds }), failOpen };
}
