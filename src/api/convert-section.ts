/** Sections of snapshots, and changes of them, between the domain and the wire. */
import type { Splice } from '../domain/list-edit.ts';
import { announcements } from '../domain/resource.ts';
import type { Section } from '../domain/section.ts';
import { isDirector, type SectionEdit, type SectionItem } from '../domain/section-edit.ts';
import { tunnelTypeNames } from '../domain/tunnel.ts';
import {
  carriedFromWire,
  carriedToWire,
  collectorsToWire,
  directorServiceFromWire,
  directorServiceToWire,
  reachedFromWire,
  senderFromWire,
  vipPortsFromWire,
} from './convert-snapshot.ts';
import type { WordReader } from './convert-words.ts';
import type { Section__Output, Section as WireSection } from './gen/causeway/v1/Section.ts';
import type { Splice__Output, Splice as WireSplice } from './gen/causeway/v1/Splice.ts';

/** Without path and hash. */
export function sectionToWire(section: Section): WireSection {
  switch (section.kind) {
    case 'probe':
      return { probe: { ...section.probe } };
    case 'deleted':
      return { deleted: { names: [...section.names] } };
    case 'ipvs':
      return { ipvs: { values: { ...section.values } } };
    case 'announce':
      return { announce: section.how };
    case 'collecting':
      return { collecting: { keys: section.keys.map((one) => ({ ...one })) } };
    case 'collectors':
      return { collectors: { collectors: collectorsToWire(section.collectors) } };
    case 'denied':
      return { denied: { denied: section.denied.map((one) => ({ ...one })) } };
    case 'servers':
      return { servers: { site: section.site, servers: section.servers.map((one) => ({ ...one })) } };
    case 'service':
      return { service: { part: section.part, service: directorServiceToWire(section.service) } };
    case 'host':
      return { host: hostToWire(section) };
    case 'carried':
      return { carried: carriedToWire(section.service) };
    case 'directors':
      return { directors: { directors: section.directors.map((one) => ({ ...one })) } };
    case 'keys':
      return { keys: { site: section.site, keys: section.keys.map((one) => ({ ...one })) } };
  }
}

function hostToWire({ tunnel, alsoTunnels, alsoPorts, guePorts }: Extract<Section, { kind: 'host' }>) {
  const also = { alsoTunnels: [...alsoTunnels], alsoPorts: alsoPorts.map((one) => ({ ...one })) };
  return { tunnel, ...also, guePorts: [...guePorts] };
}

export function sectionEditToWire({ head, splices }: SectionEdit): WireSection {
  return { ...sectionToWire(head), isEdit: true, splices: splices.map(spliceToWire) };
}

function spliceToWire({ at, remove, insert }: Splice<SectionItem>): WireSplice {
  return {
    at,
    remove,
    servers: insert.filter((item) => 'probeSlot' in item).map((item) => ({ ...item })),
    destinations: insert.filter((item) => 'realServer' in item).map((item) => ({ ...item })),
    directors: insert.filter(isDirector).map((item) => ({ ...item })),
    keys: insert.filter((item) => 'keyHex' in item).map((item) => ({ ...item })),
  };
}

/** Undefined where it is of a kind that this version does not know. */
export function sectionFromWire(wire: Section__Output, words: WordReader): Section | undefined {
  const { path } = wire;
  if (wire.probe) return { kind: 'probe', probe: wire.probe };
  if (wire.deleted) return { kind: 'deleted', names: wire.deleted.names };
  if (wire.denied) return { kind: 'denied', denied: wire.denied.denied };
  if (wire.collecting) return { kind: 'collecting', keys: wire.collecting.keys };
  if (wire.collectors) return { kind: 'collectors', collectors: wire.collectors.collectors };
  if (wire.ipvs) return { kind: 'ipvs', values: wire.ipvs.values };
  if (wire.announce) return { kind: 'announce', how: words.word(path, wire.announce, announcements) };
  if (wire.servers) {
    const { site, servers } = wire.servers;
    return { kind: 'servers', site, servers: servers.map((one) => reachedFromWire(one, path, words)) };
  }
  if (wire.service?.service) {
    const { part, service } = wire.service;
    return { kind: 'service', part, service: directorServiceFromWire(service, path, words) };
  }
  if (wire.host) {
    const tunnel = words.word(path, wire.host.tunnel, tunnelTypeNames);
    const alsoTunnels = wire.host.alsoTunnels.map((type) => words.word(path, type, tunnelTypeNames));
    const alsoPorts = vipPortsFromWire(wire.host.alsoPorts, path, words);
    return { kind: 'host', tunnel, alsoTunnels, alsoPorts, guePorts: wire.host.guePorts };
  }
  if (wire.carried) return { kind: 'carried', service: carriedFromWire(wire.carried, path, words) };
  if (wire.directors) {
    const directors = wire.directors.directors.map((one) => senderFromWire(one, path, words));
    return { kind: 'directors', directors };
  }
  if (wire.keys) return { kind: 'keys', site: wire.keys.site, keys: wire.keys.keys };
  return undefined;
}

export function splicesFromWire(
  { path, splices }: Pick<Section__Output, 'path' | 'splices'>,
  words: WordReader,
): Splice<SectionItem>[] {
  return splices.map((splice) => ({
    at: splice.at,
    remove: splice.remove,
    insert: insertedFromWire(splice, path, words),
  }));
}

function insertedFromWire(
  { servers, destinations, directors, keys }: Splice__Output,
  path: string,
  words: WordReader,
): SectionItem[] {
  return [
    ...servers.map((one) => reachedFromWire(one, path, words)),
    ...destinations,
    ...directors.map((one) => senderFromWire(one, path, words)),
    ...keys,
  ];
}
