/** The resources that an operator declares: `apiVersion: causeway/v1`, `kind`, `metadata.name`, `spec`. */
import type { HealthCheck } from './health-check.ts';
import type { IpvsSettings } from './ipvs-settings.ts';
import type { Protocol, Scheduler } from './ipvs-table.ts';
import type { ServiceTuning } from './tuning.ts';
import type { GueSettings, TunnelType } from './tunnel.ts';

export const apiVersion = 'causeway/v1';
export const resourceKinds = ['Site', 'Service', 'RealServer', 'Override', 'Settings'] as const;
export type ResourceKind = (typeof resourceKinds)[number];

export const announcements = ['link', 'routing', 'vrrp'] as const;
/**
 * How the network learns which directors take a VIP. `link`: each has it as an address of its own, and answers for it on its link.
 * `routing`: as an address on a device of ours that a routing daemon follows. `vrrp`: likewise, but on its link that director alone answers for
 * it to which keepalived has given it there.
 */
export type Announcement = (typeof announcements)[number];
export const defaultAnnouncement: Announcement = 'link';

export interface Site {
  readonly kind: 'Site';
  readonly name: string;
  /** How packets reach this site's real servers. */
  readonly tunnel: TunnelType;
  /** With `gue` alone; absent: as by default. */
  readonly gue?: GueSettings;
  /** Absent: as by default. */
  readonly announce?: Announcement;
}

export interface ServicePort {
  readonly protocol: Protocol;
  readonly port: number;
  /** Of a range, whose first is `port`; absent: that alone. */
  readonly lastPort?: number;
  /** Port on the real server; differs from `port` only under masquerade (the kernel can't remap otherwise). */
  readonly targetPort: number;
}

export const forwardingPolicies = ['auto', 'tunnel', 'direct', 'masquerade'] as const;
/** `auto`: direct where director and real server share a link, tunnel otherwise. */
export type ForwardingPolicy = (typeof forwardingPolicies)[number];

export const placementPolicies = ['optimal', 'local', 'latency', 'static'] as const;
export type PlacementPolicy = (typeof placementPolicies)[number];
export const defaultPlacement: PlacementPolicy = 'optimal';
export const slowStartLimitSeconds = 3_600;
export const drainLimitSeconds = 86_400;
export const defaultDrainSeconds = 3_600;

export interface Service {
  readonly kind: 'Service';
  readonly name: string;
  readonly vips: readonly string[];
  readonly ports: readonly ServicePort[];
  /** Labels that a real server must carry, all of them. */
  readonly selector: Readonly<Record<string, string>>;
  readonly scheduler: Scheduler;
  readonly forwarding: ForwardingPolicy;
  /** Seconds a client sticks to its real server; 0 is off. */
  readonly persistenceSeconds: number;
  /** Absent: all as by default. */
  readonly tuning?: ServiceTuning;
  readonly placement: PlacementPolicy;
  /** How long a new real server's share grows; 0 is off, undefined leaves it to the scheduler. */
  readonly slowStartSeconds: number | undefined;
  /** While most of the capacity fails at once: whether even what has surely failed counts as healthy. */
  readonly failOpen: boolean;
  /** How long a drained destination keeps running connections; 0 until they end, undefined is the default. */
  readonly drainSeconds: number | undefined;
  readonly health: HealthCheck;
  /** A real server gets connections only if what it sends from the VIPs was heard elsewhere; absent: whether or not. */
  readonly requireReturnPath?: true;
  /** Sites whose directors claim the VIPs; empty is all. */
  readonly sites: readonly string[];
}

/** Policy for a real server; its address comes from its agent. */
export interface RealServer {
  readonly kind: 'RealServer';
  readonly name: string;
  /** Relative weight within its site, 0..1000; 100 is the ordinary server. */
  readonly weight: number;
  /** No new connections; running ones go on. */
  readonly drain: boolean;
}

/** In the order in which they govern. */
export const overrideKinds = ['freeze', 'drain', 'pin', 'cap', 'bias'] as const;
export type OverrideKind = (typeof overrideKinds)[number];

export type OverrideOrder =
  /** Whatever is decided now stands. */
  | { readonly kind: 'freeze' }
  /** No new connections; running ones go on. */
  | { readonly kind: 'drain' }
  /** Exactly this much of its share. */
  | { readonly kind: 'pin'; readonly sharePermille: number }
  /** No more concurrent connections than this. */
  | { readonly kind: 'cap'; readonly connections: number }
  /** So much dearer, or cheaper where negative. */
  | { readonly kind: 'bias'; readonly biasMs: number };

export const overrideSubjectKinds = ['site', 'realServer', 'director'] as const;
export interface OverrideSubject {
  readonly kind: (typeof overrideSubjectKinds)[number];
  readonly name: string;
}

/** A site is frozen or biased as a whole; the other orders suit a single real server as well. A director is drained: it attracts nobody. */
export const ordersAbout: Readonly<Record<OverrideSubject['kind'], readonly OverrideKind[]>> = {
  site: overrideKinds,
  realServer: ['drain', 'pin', 'cap'],
  director: ['drain'],
};

/** In sentences. */
export const subjectTitles: Readonly<Record<OverrideSubject['kind'], string>> = {
  site: 'site',
  realServer: 'real server',
  director: 'director',
};

export const overrideLimits = {
  permille: 1_000,
  connections: 1_000_000_000,
  biasMs: 10_000,
  /** How long one may last. */
  lastsMs: 90 * 24 * 3_600_000,
} as const;

/** What an operator orders about a site's or a real server's weights, or about a director, for a while. */
export interface Override {
  readonly kind: 'Override';
  readonly name: string;
  readonly order: OverrideOrder;
  readonly subject: OverrideSubject;
  /** Services that it is about; empty is all. */
  readonly services: readonly string[];
  readonly owner: string;
  readonly reason: string;
  /** Since the epoch; from then on it governs nothing. */
  readonly expiresAtMs: number;
  /** So long from when the coordinator takes it, by its clock, whatever `expiresAtMs` says; on the way there alone. */
  readonly lastsMs?: number;
}

/** The one name that Settings may have. */
export const settingsName = 'default';

/** How much one change may take away before its author must say that he means it. Per mille; 1,000 is no limit. */
export interface RemovalLimit {
  /** Of all services: those that it deletes. */
  readonly servicesPermille: number;
  /** Of the destinations of services that stay: those that they lose. */
  readonly destinationsPermille: number;
}

/** As where no Settings are declared. */
export const defaultRemovalLimit: RemovalLimit = { servicesPermille: 500, destinationsPermille: 500 };

/** In a list of an operator's rights: all that there are, and all to come. */
export const everyName = '*';

/** What an operator may change: what concerns these services alone, or these sites alone. */
export interface OperatorRights {
  /** As in the certificate, `operator/NAME`. */
  readonly name: string;
  readonly services: readonly string[];
  readonly sites: readonly string[];
}

/** What holds for all of Causeway; each part has its default. */
export interface Settings {
  readonly kind: 'Settings';
  readonly name: string;
  readonly removal: RemovalLimit;
  /** Who is not named may change nothing; admins may everything, whatever stands here. */
  readonly operators: readonly OperatorRights[];
  /** Of IPVS on every director. */
  readonly ipvs: IpvsSettings;
}

export type Resource = Site | Service | RealServer | Override | Settings;

export interface ResourceId {
  readonly kind: ResourceKind;
  readonly name: string;
}

/** Kinds that can be deleted: those declared, and directors that are gone for good. */
export type RemovableKind = ResourceKind | 'Director';
export const removableKinds: readonly RemovableKind[] = [...resourceKinds, 'Director'];

export interface RemovableId {
  readonly kind: RemovableKind;
  readonly name: string;
}

/** `Service/web`. */
export function resourceId(resource: RemovableId): string {
  return `${resource.kind}/${resource.name}`;
}

/** One mistake in a resource, with the path inside it: `spec.ports[0]`. */
export interface Problem {
  readonly resource: ResourceId;
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** What it refers to may still come: a warning, unless the operator wants it to be strict. */
  readonly mayCome?: boolean;
}
