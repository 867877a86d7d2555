/** Snapshots between the domain and the wire. */
import { type Asked, askedSubjects } from '../domain/asked.ts';
import type { VipPort } from '../domain/host-state.ts';
import type { Forwarding } from '../domain/ipvs-table.ts';
import { protocols, schedulers } from '../domain/ipvs-table.ts';
import type { ProbeSettings } from '../domain/probe.ts';
import { announcements, defaultAnnouncement } from '../domain/resource.ts';
import type { SnapshotCollector } from '../domain/return-path.ts';
import type {
  DirectorService,
  DirectorSnapshot,
  RealServerService,
  RealServerSnapshot,
  Snapshot,
  SnapshotDirector,
  SnapshotRealServer,
} from '../domain/snapshot.ts';
import { defaultTunnelType, tunnelTypeNames } from '../domain/tunnel.ts';
import { healthFromWire, healthToWire } from './convert-health.ts';
import { portFromWire, portsToWire } from './convert-resource.ts';
import { tuningFromWire } from './convert-tuning.ts';
import { createWordReader, type WordReader } from './convert-words.ts';
import type { Asked__Output } from './gen/causeway/v1/Asked.ts';
import type { Collector as WireCollector } from './gen/causeway/v1/Collector.ts';
import type {
  DirectorService__Output,
  DirectorService as WireDirectorService,
} from './gen/causeway/v1/DirectorService.ts';
import type {
  DirectorSnapshot__Output,
  DirectorSnapshot as WireDirector,
} from './gen/causeway/v1/DirectorSnapshot.ts';
import type {
  RealServerService__Output,
  RealServerService as WireCarried,
} from './gen/causeway/v1/RealServerService.ts';
import type {
  RealServerSnapshot__Output,
  RealServerSnapshot as WireReal,
} from './gen/causeway/v1/RealServerSnapshot.ts';
import type { Snapshot__Output, Snapshot as WireSnapshot } from './gen/causeway/v1/Snapshot.ts';
import type { SnapshotDirector__Output } from './gen/causeway/v1/SnapshotDirector.ts';
import type { SnapshotRealServer__Output } from './gen/causeway/v1/SnapshotRealServer.ts';
import type { VipPort__Output } from './gen/causeway/v1/VipPort.ts';

const forwardings = ['tunnel', 'direct', 'masquerade'] as const satisfies readonly Forwarding[];

export function snapshotToWire(snapshot: Snapshot): WireSnapshot {
  const { version, checksum, epoch = 0, force, deletedServices, probe, revision = 0, asked = [] } = snapshot;
  const { denied = [] } = snapshot;
  const intent = { revision, asked: asked.map((one) => ({ ...one })), epoch };
  const base = {
    version,
    checksum,
    force,
    deletedServices: [...deletedServices],
    probe: { ...probe },
    denied: denied.map((one) => ({ ...one })),
    ...intent,
  };
  if (snapshot.kind === 'director') return { ...base, director: directorToWire(snapshot) };
  return { ...base, realServer: realServerToWire(snapshot) };
}

function directorToWire({
  services,
  realServers,
  keys = [],
  ipvs,
  announce,
  collecting = [],
}: DirectorSnapshot): WireDirector {
  return {
    ...(ipvs === undefined ? {} : { ipvs: { values: { ...ipvs } } }),
    ...(announce === undefined ? {} : { announce }),
    services: services.map(directorServiceToWire),
    realServers: realServers.map((realServer) => ({ ...realServer })),
    ...(keys.length === 0 ? {} : { keys: keys.map((one) => ({ ...one })) }),
    ...(collecting.length === 0 ? {} : { collecting: collecting.map((one) => ({ ...one })) }),
  };
}

export function directorServiceToWire(service: DirectorService): WireDirectorService {
  const { networks, ...rest } = service;
  return {
    ...rest,
    ...networksOf(networks),
    vips: [...service.vips],
    ports: portsToWire(service.ports),
    destinations: service.destinations.map((destination) => ({ ...destination })),
  };
}

function realServerToWire(snapshot: RealServerSnapshot): WireReal {
  const {
    tunnel,
    alsoTunnels = [],
    alsoPorts = [],
    guePorts = [],
    services,
    directors,
    keys = [],
    collectors = [],
  } = snapshot;
  return {
    tunnel,
    alsoTunnels: [...alsoTunnels],
    ...(alsoPorts.length === 0 ? {} : { alsoPorts: alsoPorts.map((one) => ({ ...one })) }),
    ...(guePorts.length === 0 ? {} : { guePorts: [...guePorts] }),
    services: services.map(carriedToWire),
    directors: directors.map((director) => ({ ...director })),
    ...(keys.length === 0 ? {} : { keys: keys.map((one) => ({ ...one })) }),
    ...(collectors.length === 0 ? {} : { collectors: collectorsToWire(collectors) }),
  };
}

/** An object to be spread, either way. */
function networksOf(networks: readonly string[] = []): { readonly networks?: string[] } {
  return networks.length === 0 ? {} : { networks: [...networks] };
}

export function collectorsToWire(collectors: readonly SnapshotCollector[]): WireCollector[] {
  return collectors.map(({ addresses, ...one }) => ({ ...one, addresses: [...addresses] }));
}

export function carriedToWire(service: RealServerService): WireCarried {
  const { networks, ...rest } = service;
  return {
    ...rest,
    ...networksOf(networks),
    vips: [...service.vips],
    ports: portsToWire(service.ports),
    health: healthToWire(service.health),
  };
}

/** Throws `invalid` for a word that this version does not know: half a snapshot is none. */
export function snapshotFromWire(wire: Snapshot__Output): Snapshot {
  const words = createWordReader();
  const { version, checksum, deletedServices } = wire;
  const denied = wire.denied.length === 0 ? {} : { denied: wire.denied };
  const probe: ProbeSettings = words.part('probe', wire.probe, absentProbe, 'probe settings');
  const base = { version, checksum, deletedServices, probe, ...denied, ...envelopeFromWire(wire) };
  const snapshot: Snapshot = wire.director
    ? { kind: 'director', ...base, ...directorFromWire(wire.director, words) }
    : { kind: 'realserver', ...base, ...realServerFromWire(wire.realServer, words) };
  words.refuseProblems('read snapshot', `version ${version}`);
  return snapshot;
}

/** What travels around the content, but version and checksum. */
export function envelopeFromWire(wire: {
  readonly force: boolean;
  readonly revision: number;
  readonly epoch: number;
  readonly asked: readonly Asked__Output[];
}): Pick<Snapshot, 'force' | 'revision' | 'asked' | 'epoch'> {
  const { force, revision, epoch } = wire;
  const asked = askedFromWire(wire.asked);
  return {
    force,
    ...(revision === 0 && asked.length === 0 ? {} : { revision, asked }),
    ...(epoch === 0 ? {} : { epoch }),
  };
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
): Pick<DirectorSnapshot, 'services' | 'realServers' | 'keys' | 'ipvs' | 'announce' | 'collecting'> {
  const announce = words.word('announce', wire.announce || defaultAnnouncement, announcements);
  return {
    ...(wire.ipvs ? { ipvs: wire.ipvs.values } : {}),
    ...(announce === defaultAnnouncement ? {} : { announce }),
    services: wire.services.map((service, index) =>
      directorServiceFromWire(service, `services[${index}]`, words),
    ),
    realServers: wire.realServers.map((one, index) => reachedFromWire(one, `realServers[${index}]`, words)),
    ...(wire.keys.length === 0 ? {} : { keys: wire.keys }),
    ...(wire.collecting.length === 0 ? {} : { collecting: wire.collecting }),
  };
}

export function directorServiceFromWire(
  service: DirectorService__Output,
  path: string,
  words: WordReader,
): DirectorService {
  const { tuning, askedPort, networks, ...rest } = service;
  return {
    ...rest,
    ...networksOf(networks),
    ...tuningFromWire(tuning),
    ...(askedPort === 0 ? {} : { askedPort }),
    ports: service.ports.map((port) => portFromWire(port, `${path}.ports`, words)),
    scheduler: words.word(`${path}.scheduler`, service.scheduler, schedulers),
  };
}

/** A real server as a director reaches it. */
export function reachedFromWire(
  realServer: SnapshotRealServer__Output,
  path: string,
  words: WordReader,
): SnapshotRealServer {
  const { gue, ...rest } = realServer;
  return {
    ...rest,
    forwarding: words.word(`${path}.forwarding`, realServer.forwarding, forwardings),
    tunnel: words.word(`${path}.tunnel`, realServer.tunnel, tunnelTypeNames),
    ...(gue ? { gue } : {}),
  };
}

function realServerFromWire(
  wire: RealServerSnapshot__Output | null | undefined,
  words: WordReader,
): Pick<
  RealServerSnapshot,
  'tunnel' | 'alsoTunnels' | 'alsoPorts' | 'guePorts' | 'services' | 'directors' | 'keys' | 'collectors'
> {
  const content = words.part('content', wire, absentContent, 'a director or real server snapshot');
  const alsoTunnels = content.alsoTunnels.map((type) => words.word('alsoTunnels', type, tunnelTypeNames));
  const alsoPorts = vipPortsFromWire(content.alsoPorts, 'alsoPorts', words);
  return {
    tunnel: words.word('tunnel', content.tunnel, tunnelTypeNames),
    ...(alsoTunnels.length === 0 ? {} : { alsoTunnels }),
    ...(alsoPorts.length === 0 ? {} : { alsoPorts }),
    ...(content.guePorts.length === 0 ? {} : { guePorts: content.guePorts }),
    services: content.services.map((service, index) => carriedFromWire(service, `services[${index}]`, words)),
    directors: content.directors.map((one, index) => senderFromWire(one, `directors[${index}]`, words)),
    ...(content.keys.length === 0 ? {} : { keys: content.keys }),
    ...(content.collectors.length === 0 ? {} : { collectors: content.collectors }),
  };
}

export function vipPortsFromWire(
  wire: readonly VipPort__Output[],
  path: string,
  words: WordReader,
): VipPort[] {
  return wire.map(({ lastPort, ...one }) => ({
    ...one,
    protocol: words.word(path, one.protocol, protocols),
    ...(lastPort === 0 ? {} : { lastPort }),
  }));
}

export function carriedFromWire(
  service: RealServerService__Output,
  path: string,
  words: WordReader,
): RealServerService {
  const { networks, ...rest } = service;
  return {
    ...rest,
    ...networksOf(networks),
    ports: service.ports.map((port) => portFromWire(port, `${path}.ports`, words)),
    health: healthFromWire(service.health, `${path}.health`, words),
  };
}

/** A director that may send to a real server. */
export function senderFromWire(
  director: SnapshotDirector__Output,
  path: string,
  words: WordReader,
): SnapshotDirector {
  return {
    ...director,
    forwarding: words.word(`${path}.forwarding`, director.forwarding, forwardings),
  };
}

const absentProbe: ProbeSettings = { keyHex: '', intervalMs: 0, downAfterMs: 0, goneAfterMs: 0, rise: 0 };
const absentContent: RealServerSnapshot__Output = {
  tunnel: defaultTunnelType,
  alsoTunnels: [],
  alsoPorts: [],
  guePorts: [],
  services: [],
  directors: [],
  keys: [],
  collectors: [],
};
