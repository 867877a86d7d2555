/** The parts of a snapshot, each of which is hashed, sent and taken over by itself: how one is divided, and put together again. */
import type { Denial } from './denial.ts';
import type { VipPort } from './host-state.ts';
import type { IpvsSettings } from './ipvs-settings.ts';
import type { ProbeSettings, SnapshotKey } from './probe.ts';
import type { Announcement } from './resource.ts';
import type { SnapshotCollector } from './return-path.ts';
import type {
  DirectorService,
  DirectorSnapshot,
  RealServerService,
  RealServerSnapshot,
  SnapshotDirector,
  SnapshotRealServer,
} from './snapshot.ts';
import type { TunnelType } from './tunnel.ts';

/** What travels around the content of a snapshot. */
export type Envelope = 'version' | 'checksum' | 'epoch' | 'force' | 'revision' | 'asked';
/** All that an agent must do, before it is versioned. */
export type SnapshotContent = Omit<DirectorSnapshot, Envelope> | Omit<RealServerSnapshot, Envelope>;

export type Section =
  | { readonly kind: 'probe'; readonly probe: ProbeSettings }
  /** Names of services. */
  | { readonly kind: 'deleted'; readonly names: readonly string[] }
  /** To agents alone that say that they know it. */
  | { readonly kind: 'denied'; readonly denied: readonly Denial[] }
  /** Of a director, that says that it knows it. */
  | { readonly kind: 'ipvs'; readonly values: IpvsSettings }
  /** Likewise; not as by default. */
  | { readonly kind: 'announce'; readonly how: Announcement }
  /** Of a director: the real servers of one site. */
  | { readonly kind: 'servers'; readonly site: string; readonly servers: readonly SnapshotRealServer[] }
  /** Of a director: a service, or the so manyth part of one that is being handed over. */
  | { readonly kind: 'service'; readonly part: number; readonly service: DirectorService }
  | {
      readonly kind: 'host';
      readonly tunnel: TunnelType;
      readonly alsoTunnels: readonly TunnelType[];
      readonly alsoPorts: readonly VipPort[];
      readonly guePorts: readonly number[];
    }
  /** Of a real server: a service that it carries. */
  | { readonly kind: 'carried'; readonly service: RealServerService }
  | { readonly kind: 'directors'; readonly directors: readonly SnapshotDirector[] }
  /** Of a director, that says that it knows it: its own keys as a collector. */
  | { readonly kind: 'collecting'; readonly keys: readonly SnapshotKey[] }
  /** Of a real server, that says that it knows it. */
  | { readonly kind: 'collectors'; readonly collectors: readonly SnapshotCollector[] }
  /** Of a director: for the real servers of one site. Of a real server, with an empty site: its own. */
  | { readonly kind: 'keys'; readonly site: string; readonly keys: readonly SnapshotKey[] };

/** Names a section among those of one snapshot. */
export function pathOf(section: Section): string {
  switch (section.kind) {
    case 'servers':
      return `servers/${section.site}`;
    case 'service':
      return section.part === 0
        ? `service/${section.service.name}`
        : `service/${section.service.name}/${section.part}`;
    case 'keys':
      return section.site === '' ? 'keys' : `keys/${section.site}`;
    case 'carried':
      return `carried/${section.service.name}`;
    default:
      return section.kind;
  }
}

/** In the order in which they stand. What is empty is no section, so that a kind that is added later changes nothing until it is used. */
export function divided(content: SnapshotContent): Section[] {
  return content.kind === 'director' ? ofDirector(content) : ofRealServer(content);
}

function ofDirector(content: Omit<DirectorSnapshot, Envelope>): Section[] {
  const {
    kind: _,
    probe,
    deletedServices,
    denied,
    services,
    realServers,
    keys = [],
    ipvs,
    announce: how,
    collecting = [],
    ...rest
  } = content;
  nothingElse(rest);
  const sections = ofBoth({ probe, deletedServices, denied });
  if (ipvs !== undefined) sections.push({ kind: 'ipvs', values: ipvs });
  if (how !== undefined) sections.push({ kind: 'announce', how });
  if (collecting.length > 0) sections.push({ kind: 'collecting', keys: collecting });
  for (const [site, servers] of Map.groupBy(realServers, (one) => one.site))
    sections.push({ kind: 'servers', site, servers });
  if (keys.length > 0) {
    const siteOf = new Map(realServers.map(({ name, site }) => [name, site]));
    for (const [site, own] of Map.groupBy(keys, ({ name }) => siteOf.get(name) ?? ''))
      sections.push({ kind: 'keys', site, keys: own });
  }
  const parts = new Map<string, number>();
  for (const service of services) {
    const part = parts.get(service.name) ?? 0;
    parts.set(service.name, part + 1);
    sections.push({ kind: 'service', part, service });
  }
  return sections;
}

function ofRealServer(content: Omit<RealServerSnapshot, Envelope>): Section[] {
  const { kind: _, probe, deletedServices, denied, tunnel, services, directors, ...also } = content;
  const { alsoTunnels = [], alsoPorts = [], guePorts = [], keys = [], collectors = [], ...rest } = also;
  nothingElse(rest);
  const sections = ofBoth({ probe, deletedServices, denied });
  sections.push({ kind: 'host', tunnel, alsoTunnels, alsoPorts, guePorts });
  for (const service of services) sections.push({ kind: 'carried', service });
  if (directors.length > 0) sections.push({ kind: 'directors', directors });
  if (keys.length > 0) sections.push({ kind: 'keys', site: '', keys });
  if (collectors.length > 0) sections.push({ kind: 'collectors', collectors });
  return sections;
}

function ofBoth({
  probe,
  deletedServices: names,
  denied = [],
}: Pick<SnapshotContent, 'probe' | 'deletedServices'> & {
  readonly denied: readonly Denial[] | undefined;
}): Section[] {
  return [
    { kind: 'probe', probe },
    ...(names.length === 0 ? [] : [{ kind: 'deleted', names } as const]),
    ...(denied.length === 0 ? [] : [{ kind: 'denied', denied } as const]),
  ];
}

/** A field that snapshots get and no section has is a mistake of whoever adds it: the compiler says so here. */
function nothingElse(_: Readonly<Record<string, never>>): void {}

/** Whole again, with services by name and part, real servers by site. Undefined where a section that must be there is missing. */
export function assembled(
  kind: SnapshotContent['kind'],
  sections: Iterable<Section>,
): SnapshotContent | undefined {
  const parts = Map.groupBy(sections, (section) => section.kind);
  const of = <K extends Section['kind']>(wanted: K) =>
    (parts.get(wanted) ?? []) as Extract<Section, { readonly kind: K }>[];
  const [probe] = of('probe');
  if (probe === undefined) return undefined;
  const [denied] = of('denied');
  const keys = of('keys')
    .toSorted((a, b) => compare(a.site, b.site))
    .flatMap((one) => one.keys);
  const base = {
    deletedServices: of('deleted')[0]?.names ?? [],
    probe: probe.probe,
    ...(keys.length === 0 ? {} : { keys }),
    ...(denied === undefined ? {} : { denied: denied.denied }),
  };
  if (kind === 'director') {
    const services = of('service').toSorted(
      (a, b) => compare(a.service.name, b.service.name) || a.part - b.part,
    );
    const [ipvs] = of('ipvs');
    const [announce] = of('announce');
    const [collecting] = of('collecting');
    const servers = of('servers').toSorted((a, b) => compare(a.site, b.site));
    return {
      kind,
      ...base,
      ...(ipvs === undefined ? {} : { ipvs: ipvs.values }),
      ...(announce === undefined ? {} : { announce: announce.how }),
      ...(collecting === undefined ? {} : { collecting: collecting.keys }),
      services: services.map(({ service }) => service),
      realServers: servers.flatMap((one) => one.servers),
    };
  }
  const [host] = of('host');
  if (host === undefined) return undefined;
  const { tunnel, alsoTunnels, alsoPorts, guePorts } = host;
  const [collectors] = of('collectors');
  const carried = of('carried').map(({ service }) => service);
  return {
    kind,
    ...base,
    tunnel,
    ...(alsoTunnels.length === 0 ? {} : { alsoTunnels }),
    ...(alsoPorts.length === 0 ? {} : { alsoPorts }),
    ...(guePorts.length === 0 ? {} : { guePorts }),
    services: carried.toSorted((a, b) => compare(a.name, b.name)),
    directors: of('directors')[0]?.directors ?? [],
    ...(collectors === undefined ? {} : { collectors: collectors.collectors }),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
