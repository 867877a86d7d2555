/** Snapshots between the domain and the wire. */
import { type Asked, askedSubjects } from '../domain/asked.ts';
import type { Forwarding } from '../domain/ipvs-table.ts';
import { schedulers } from '../domain/ipvs-table.ts';
import type { ProbeSettings } from '../domain/probe.ts';
import type { DirectorSnapshot, RealServerSnapshot, Snapshot } from '../domain/snapshot.ts';
import { defaultTunnelType, tunnelTypeNames } from '../domain/tunnel.ts';
import { healthFromWire, healthToWire } from './convert-health.ts';
import { portFromWire, portsToWire } from './convert-resource.ts';
import { createWordReader, type WordReader } from './convert-words.ts';
import type { Asked__Output } from './gen/causeway/v1/Asked.ts';
import type {
  DirectorSnapshot__Output,
  DirectorSnapshot as WireDirector,
} from './gen/causeway/v1/DirectorSnapshot.ts';
import type {
  RealServerSnapshot__Output,
  RealServerSnapshot as WireReal,
} from './gen/causeway/v1/RealServerSnapshot.ts';
import type { Snapshot__Output, Snapshot as WireSnapshot } from './gen/causeway/v1/Snapshot.ts';

const forwardings = ['tunnel', 'direct', 'masquerade'] as const satisfies readonly Forwarding[];

export function snapshotToWire(snapshot: Snapshot): WireSnapshot {
  const { version, checksum, force, deletedServices, probe, revision = 0, asked = [] } = snapshot;
  const intent = { revision, asked: asked.map((one) => ({ ...one })) };
  const base = {
    version,
    checksum,
    force,
    deletedServices: [...deletedServices],
    probe: { ...probe },
    ...intent,
  };
  if (snapshot.kind === 'director') return { ...base, director: directorToWire(snapshot) };
  return { ...base, realServer: realServerToWire(snapshot) };
}

function directorToWire({ services, realServers }: DirectorSnapshot): WireDirector {
  return {
    services: services.map((service) => ({
      ...service,
      vips: [...service.vips],
      ports: portsToWire(service.ports),
      destinations: service.destinations.map((destination) => ({ ...destination })),
    })),
    realServers: realServers.map((realServer) => ({ ...realServer })),
  };
}

function realServerToWire({ tunnel, alsoTunnels = [], services, directors }: RealServerSnapshot): WireReal {
  return {
    tunnel,
    alsoTunnels: [...alsoTunnels],
    services: services.map((service) => ({
      ...service,
      vips: [...service.vips],
      ports: portsToWire(service.ports),
      health: healthToWire(service.health),
    })),
    directors: directors.map((director) => ({ ...director })),
  };
}

/** Throws `invalid` for a word that this version does not know: half a snapshot is none. */
export function snapshotFromWire(wire: Snapshot__Output): Snapshot {
  const words = createWordReader();
  const { version, checksum, force, deletedServices, revision } = wire;
  const probe: ProbeSettings = words.part('probe', wire.probe, absentProbe, 'probe settings');
  const asked = askedFromWire(wire.asked);
  const intent = revision === 0 && asked.length === 0 ? {} : { revision, asked };
  const base = { version, checksum, force, deletedServices, probe, ...intent };
  const snapshot: Snapshot = wire.director
    ? { kind: 'director', ...base, ...directorFromWire(wire.director, words) }
    : { kind: 'realserver', ...base, ...realServerFromWire(wire.realServer, words) };
  words.refuseProblems('read snapshot', `version ${version}`);
  return snapshot;
}

/** What a newer version calls by another word is judged here as if nobody had asked for it. */
function askedFromWire(wire: readonly Asked__Output[]): Asked[] {
  return wire.flatMap(({ subject, name, revision }) => {
    const known = askedSubjects.find((word) => word === subject);
    return known === undefined ? [] : [{ subject: known, name, revision }];
  });
}

function directorFromWire(
  wire: DirectorSnapshot__Output,
  words: WordReader,
): Pick<DirectorSnapshot, 'services' | 'realServers'> {
  return {
    services: wire.services.map((service, index) => ({
      ...service,
      ports: service.ports.map((port) => portFromWire(port, `services[${index}].ports`, words)),
      scheduler: words.word(`services[${index}].scheduler`, service.scheduler, schedulers),
    })),
    realServers: wire.realServers.map((realServer, index) => ({
      ...realServer,
      forwarding: words.word(`realServers[${index}].forwarding`, realServer.forwarding, forwardings),
      tunnel: words.word(`realServers[${index}].tunnel`, realServer.tunnel, tunnelTypeNames),
    })),
  };
}

function realServerFromWire(
  wire: RealServerSnapshot__Output | null | undefined,
  words: WordReader,
): Pick<RealServerSnapshot, 'tunnel' | 'alsoTunnels' | 'services' | 'directors'> {
  const content = words.part('content', wire, absentContent, 'a director or real server snapshot');
  const alsoTunnels = content.alsoTunnels.map((type) => words.word('alsoTunnels', type, tunnelTypeNames));
  return {
    tunnel: words.word('tunnel', content.tunnel, tunnelTypeNames),
    ...(alsoTunnels.length === 0 ? {} : { alsoTunnels }),
    services: content.services.map((service, index) => ({
      ...service,
      ports: service.ports.map((port) => portFromWire(port, `services[${index}].ports`, words)),
      health: healthFromWire(service.health, `services[${index}].health`, words),
    })),
    directors: content.directors.map((director, index) => ({
      ...director,
      forwarding: words.word(`directors[${index}].forwarding`, director.forwarding, forwardings),
    })),
  };
}

const absentProbe: ProbeSettings = { keyHex: '', intervalMs: 0, downAfterMs: 0, goneAfterMs: 0, rise: 0 };
const absentContent: RealServerSnapshot__Output = {
  tunnel: defaultTunnelType,
  alsoTunnels: [],
  services: [],
  directors: [],
};
