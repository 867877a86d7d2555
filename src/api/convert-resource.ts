/** Resources between the domain and the wire. */
import { CausewayError } from '../domain/error.ts';
import { knownIpvsSettings } from '../domain/ipvs-settings.ts';
import { protocols, schedulers } from '../domain/ipvs-table.ts';
import {
  announcements,
  defaultAnnouncement,
  defaultPlacement,
  defaultRemovalLimit,
  forwardingPolicies,
  type Problem,
  placementPolicies,
  type Resource,
  type ResourceId,
  type ResourceKind,
  resourceKinds,
  type Service,
  type ServicePort,
  type Settings,
} from '../domain/resource.ts';
import { tunnelTypeNames } from '../domain/tunnel.ts';
import { healthFromWire, healthToWire } from './convert-health.ts';
import { overrideFromWire, overrideToWire } from './convert-override.ts';
import { tuningFromWire } from './convert-tuning.ts';
import { createWordReader, type WordReader } from './convert-words.ts';
import type { Problem__Output, Problem as WireProblem } from './gen/causeway/v1/Problem.ts';
import type { Resource__Output, Resource as WireResource } from './gen/causeway/v1/Resource.ts';
import type { ServicePort__Output as WireServicePort } from './gen/causeway/v1/ServicePort.ts';
import type { ServiceSpec__Output as WireServiceSpec } from './gen/causeway/v1/ServiceSpec.ts';
import type { SettingsSpec__Output as WireSettingsSpec } from './gen/causeway/v1/SettingsSpec.ts';

export function resourceToWire(resource: Resource): WireResource {
  const { name } = resource;
  switch (resource.kind) {
    case 'Site':
      return {
        name,
        site: {
          tunnel: resource.tunnel,
          ...(resource.gue && { gue: { ...resource.gue } }),
          ...(resource.announce && { announce: resource.announce }),
        },
      };
    case 'RealServer':
      return { name, realServer: { weight: resource.weight, drain: resource.drain } };
    case 'Override':
      return { name, override: overrideToWire(resource) };
    case 'Settings':
      return {
        name,
        settings: {
          removal: { ...resource.removal },
          ipvs: { ...resource.ipvs },
          operators: resource.operators.map(({ name: operator, services, sites }) => ({
            ...{ name: operator, services: [...services], sites: [...sites] },
          })),
        },
      };
    case 'Service': {
      const {
        kind: _kind,
        name: _name,
        vips,
        ports,
        sites,
        health,
        slowStartSeconds,
        drainSeconds,
        ...rest
      } = resource;
      const lists = {
        vips: [...vips],
        ports: portsToWire(ports),
        sites: [...sites],
        health: healthToWire(health),
      };
      return {
        name,
        service: {
          ...rest,
          ...lists,
          ...(slowStartSeconds === undefined ? {} : { slowStartSeconds }),
          ...(drainSeconds === undefined ? {} : { drainSeconds }),
        },
      };
    }
  }
}

export type ReadResource =
  | { readonly ok: true; readonly resource: Resource }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A resource as somebody sent it: words are checked here, meaning is not. Throws `invalid` where even the kind is missing. */
export function readResource(wire: Resource__Output): ReadResource {
  const words = createWordReader();
  const resource = convert(wire, words);
  if (words.problems.length === 0) return { ok: true, resource };
  const id: ResourceId = { kind: resource.kind, name: resource.name };
  return { ok: false, problems: words.problems.map((problem) => ({ resource: id, ...problem })) };
}

/** For resources that a coordinator sends. Throws `invalid` on a word that this version does not know. */
export function resourceFromWire(wire: Resource__Output): Resource {
  const words = createWordReader();
  const resource = convert(wire, words);
  words.refuseProblems('read resource', `${resource.kind}/${resource.name}`);
  return resource;
}

function convert(wire: Resource__Output, words: WordReader): Resource {
  const { name } = wire;
  if (wire.site) {
    const { tunnel, gue } = wire.site;
    const type = words.word('spec.tunnel', tunnel, tunnelTypeNames);
    const announce = words.word('spec.announce', wire.site.announce || defaultAnnouncement, announcements);
    return {
      kind: 'Site',
      name,
      tunnel: type,
      ...(gue ? { gue } : {}),
      ...(announce === defaultAnnouncement ? {} : { announce }),
    };
  }
  if (wire.realServer) return { kind: 'RealServer', name, ...wire.realServer };
  if (wire.override) return overrideFromWire(name, wire.override, words);
  if (wire.service) return serviceFromWire(name, wire.service, words);
  if (wire.settings) return settingsFromWire(name, wire.settings);
  throw new CausewayError({
    code: 'invalid',
    operation: 'read resource',
    subject: JSON.stringify(name),
    message: `it has no spec of a kind that this version knows (${resourceKinds.join(', ')})`,
  });
}

/** What is not said is as by default. */
function settingsFromWire(name: string, { removal, operators, ipvs }: WireSettingsSpec): Settings {
  const {
    servicesPermille = defaultRemovalLimit.servicesPermille,
    destinationsPermille = defaultRemovalLimit.destinationsPermille,
  } = removal ?? {};
  const limit = { servicesPermille, destinationsPermille };
  return { kind: 'Settings', name, removal: limit, operators, ipvs: knownIpvsSettings(ipvs) };
}

function serviceFromWire(name: string, spec: WireServiceSpec, words: WordReader): Service {
  return {
    kind: 'Service',
    name,
    vips: spec.vips,
    ports: spec.ports.map((port, index) => portFromWire(port, `spec.ports[${index}]`, words)),
    selector: spec.selector,
    scheduler: words.word('spec.scheduler', spec.scheduler, schedulers),
    forwarding: words.word('spec.forwarding', spec.forwarding, forwardingPolicies),
    persistenceSeconds: spec.persistenceSeconds,
    ...tuningFromWire(spec.tuning),
    // Clients older than the default policy send nothing where nothing is said.
    placement: words.word('spec.placement', spec.placement || defaultPlacement, placementPolicies),
    slowStartSeconds: spec.slowStartSeconds,
    failOpen: spec.failOpen,
    drainSeconds: spec.drainSeconds,
    health: healthFromWire(spec.health, 'spec.health', words),
    ...(spec.requireReturnPath ? { requireReturnPath: true } : {}),
    sites: spec.sites,
  };
}

export function portsToWire(ports: readonly ServicePort[]): ServicePort[] {
  return ports.map((port) => ({ ...port }));
}

export function portFromWire(wire: WireServicePort, path: string, words: WordReader): ServicePort {
  const { port, targetPort, lastPort } = wire;
  const range = lastPort === 0 ? {} : { lastPort };
  return { protocol: words.word(`${path}.protocol`, wire.protocol, protocols), port, ...range, targetPort };
}

export function problemToWire({ resource, path, found, expected }: Problem): WireProblem {
  return { kind: resource.kind, name: resource.name, path, found, expected };
}

export function problemFromWire({ kind, name, path, found, expected }: Problem__Output): Problem {
  return { resource: { kind: kindFromWire(kind), name }, path, found, expected };
}

/** Throws `invalid` for a kind that this version does not know. */
export function kindFromWire(kind: string): ResourceKind {
  const words = createWordReader();
  const known = words.word('kind', kind, resourceKinds);
  words.refuseProblems('read kind');
  return known;
}
