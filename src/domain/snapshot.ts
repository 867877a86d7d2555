/** All that one agent must do, versioned: the one format from store to kernel to console. */
import type { Asked } from './asked.ts';
import type { Denial } from './denial.ts';
import type { HealthCheck } from './health-check.ts';
import type { VipPort } from './host-state.ts';
import type { IpvsSettings } from './ipvs-settings.ts';
import type { Forwarding, Scheduler } from './ipvs-table.ts';
import type { ProbeSettings, SnapshotKey } from './probe.ts';
import type { Announcement, ServicePort } from './resource.ts';
import type { SnapshotCollector } from './return-path.ts';
import { spanText } from './service-port.ts';
import type { ServiceTuning } from './tuning.ts';
import type { GueSettings, TunnelType } from './tunnel.ts';

interface SnapshotBase {
  /** Grows by one with each change of content. */
  readonly version: number;
  /** The same for the same content: over the hashes of its sections, or, between programs of which one knows no sections, of the whole. */
  readonly checksum: string;
  /** Of the coordinator that made it, as the owner of the site; absent or 0: it says none. An agent that knows a higher one refuses it. */
  readonly epoch?: number;
  /** The operator insists: nothing waits. Where `revision` is absent, plausibility is not judged at all. */
  readonly force: boolean;
  /** The store's revision that it was made from; absent (or 0) from a coordinator that cannot say what was asked for. */
  readonly revision?: number;
  /** What operators asked for since what this agent has: losing that is no mistake. */
  readonly asked?: readonly Asked[];
  /** Services deleted on purpose; their destinations going is not implausible. */
  readonly deletedServices: readonly string[];
  readonly probe: ProbeSettings;
  /** Of probes: a director's, of each real server that knows of them; a real server's own. Absent: all share one (`probe.keyHex`). */
  readonly keys?: readonly SnapshotKey[];
  /** Certificates that the agent is to believe no more, where it says that it can be told; absent: none. */
  readonly denied?: readonly Denial[];
}

/** A real server as a director reaches it. */
export interface SnapshotRealServer {
  readonly name: string;
  readonly site: string;
  /** RIP. */
  readonly address: string;
  readonly probeSlot: number;
  readonly forwarding: Forwarding;
  /** Used with forwarding `tunnel`. */
  readonly tunnel: TunnelType;
  /** With `gue` alone; absent: as by default. */
  readonly gue?: GueSettings;
}

/** A destination carries traffic when its tier is the lowest that has a healthy one with a weight. */
export interface SnapshotDestination {
  /** Name of a real server of the same snapshot. */
  readonly realServer: string;
  /** 0 carries the planned share; 1, 2, … are where the director turns, by itself, when all before are down. */
  readonly tier: number;
  /** Share within its tier, in the scheduler's range; 0 gets no new connections. */
  readonly weight: number;
  /** Somebody ordered that it gets none: it leaves the kernel's table when its connections have ended. */
  readonly drained: boolean;
}

export interface DirectorService {
  readonly name: string;
  readonly vips: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly scheduler: Scheduler;
  readonly persistenceSeconds: number;
  /** Absent: all as by default. */
  readonly tuning?: ServiceTuning;
  /** TCP port of a service with ranges at which its application is asked: that one is knocked at; absent: none is known. */
  readonly askedPort?: number;
  /** Of `vips` some stand for all of a network, as `hostOf` (vip-network) has it; absent: none. */
  readonly networks?: readonly string[];
  /** A drained destination leaves so long after, its connections ended or not; 0: not before they have, or none is drained. */
  readonly drainSeconds: number;
  /** Too little is usable from here: clients are no longer attracted, those who come all the same are served. */
  readonly withdrawn: boolean;
  readonly destinations: readonly SnapshotDestination[];
}

export interface DirectorSnapshot extends SnapshotBase {
  readonly kind: 'director';
  /** Of IPVS, to directors that know of it; absent: none is chosen. */
  readonly ipvs?: IpvsSettings;
  /** Of its site, to directors that know of it; absent: as by default. */
  readonly announce?: Announcement;
  /** Its own, as a collector of proofs of the return path, to directors that collect; absent: it is to hear none. */
  readonly collecting?: readonly SnapshotKey[];
  readonly services: readonly DirectorService[];
  readonly realServers: readonly SnapshotRealServer[];
}

export interface RealServerService {
  readonly name: string;
  readonly vips: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly health: HealthCheck;
  /** As a director's. */
  readonly networks?: readonly string[];
}

/** A director that may send to this real server. */
export interface SnapshotDirector {
  readonly name: string;
  readonly address: string;
  readonly forwarding: Forwarding;
}

export interface RealServerSnapshot extends SnapshotBase {
  readonly kind: 'realserver';
  /** Tunnel type of this real server's site. */
  readonly tunnel: TunnelType;
  /** Those by which directors may still send, until they have all changed over; absent: none. */
  readonly alsoTunnels?: readonly TunnelType[];
  /** UDP ports at which GUE comes, of the present and of those before; absent: none, or the default where a tunnel is `gue`. */
  readonly guePorts?: readonly number[];
  /** Ports beside those of `services` to which directors may still send, likewise. */
  readonly alsoPorts?: readonly VipPort[];
  readonly services: readonly RealServerService[];
  readonly directors: readonly SnapshotDirector[];
  /** To whom it shows that what it sends from its VIPs gets out; absent: to nobody. */
  readonly collectors?: readonly SnapshotCollector[];
}

export type Snapshot = DirectorSnapshot | RealServerSnapshot;

/** `80/tcp`, `8000-8100/tcp`, or `80:8080/tcp` where the real server listens elsewhere. */
export function portText(port: ServicePort): string {
  const isSame = port.lastPort !== undefined || port.port === port.targetPort;
  return isSame ? spanText(port) : `${port.port}:${port.targetPort}/${port.protocol}`;
}
