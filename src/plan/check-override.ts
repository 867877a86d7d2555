/** What is wrong with overrides that only shows beside everything else: whom they are about, and how long they last. */
import { named } from '../domain/named.ts';
import {
  type Override,
  overrideLimits,
  type Problem,
  type ResourceId,
  resourceId,
} from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import {
  directorAlternatives,
  realServerAlternatives,
  serviceAlternatives,
  siteAlternatives,
} from './known-alternatives.ts';
import { byName } from './order.ts';
import { claims, directorsBySite, isDirectorDrained } from './selection.ts';
import { realServerNames, serviceNames, siteNames } from './world-index.ts';

/** The clock of who resolved `for: 90d` may be ahead of this one. */
const clockSlackMs = 60_000;

type Complaint = readonly [path: string, found: string, expected: string];

export interface OverrideTerms {
  /** The operator insists: the last director may be drained. */
  readonly force?: boolean;
  /** Whether a director's agent is; absent: each is. */
  readonly isConnected?: (director: string) => boolean;
}

/** Problems of the changed ones in `world`, which is as it would be after the change. */
export function checkOverrides(
  world: World,
  changed: readonly ResourceId[],
  nowMs: number,
  { force = false, isConnected = () => true }: OverrideTerms = {},
): Problem[] {
  const ids = new Set(changed.map(resourceId));
  const overrides = world.overrides.filter(({ expiresAtMs }) => nowMs < expiresAtMs);
  const inForce = { ...world, overrides };
  return byName(world.overrides.filter((override) => ids.has(resourceId(override)))).flatMap((override) => {
    const resource = { kind: override.kind, name: override.name };
    const complaints = [
      ...subjectOf(world, override),
      ...(force ? [] : lastDirector(inForce, override, isConnected)),
      ...servicesOf(world, override),
      ...expiryOf(override, nowMs),
    ];
    return complaints.map(([path, found, expected]) => ({ resource, path, found, expected }));
  });
}

function subjectOf(world: World, { subject }: Override): Complaint[] {
  const { kind, name } = subject;
  const path = `spec.${kind}`;
  const { known, expected } = {
    site: () => ({ known: siteNames(world), expected: `a declared site: ${siteAlternatives(world)}` }),
    realServer: () => ({
      known: realServerNames(world),
      expected: `a real server whose agent has registered: ${realServerAlternatives(world)}`,
    }),
    director: () => ({
      known: new Set(world.directors.map((one) => one.name)),
      expected: `a director whose agent has registered: ${directorAlternatives(world)}`,
    }),
  }[kind]();
  return known.has(name) ? [] : [[path, name, expected]];
}

/**
 * Whoever is not connected is counted on by nobody. Of a site that is to be emptied all directors may be drained, where another site takes the clients; with the last one of all a service
 * is gone for everybody.
 */
function lastDirector(
  world: World,
  { subject, order, services }: Override,
  isConnected: (director: string) => boolean,
): Complaint[] {
  if (subject.kind !== 'director' || order.kind !== 'drain') return [];
  const own = world.directors.find(({ name }) => name === subject.name);
  if (own === undefined) return [];
  const sites = directorsBySite(world);
  const lost = world.services.filter((service) => {
    if (!claims(service, own.site) || (services.length > 0 && !services.includes(service.name))) return false;
    const claiming = sites.filter(([site]) => claims(service, site)).flatMap(([, members]) => members);
    return claiming.every(
      (one) => one === own || isDirectorDrained(world, one, service.name) || !isConnected(one.name),
    );
  });
  if (lost.length === 0) return [];
  const what = named(lost.map(({ name }) => name));
  return [
    [
      'spec.director',
      subject.name,
      `one beside which another takes the clients of ${what}: it is the last that is connected and not drained (--force drains it all the same)`,
    ],
  ];
}

function servicesOf(world: World, { services }: Override): Complaint[] {
  const declared = serviceNames(world);
  return services.flatMap((service, index): Complaint[] => {
    if (declared.has(service)) return [];
    return [[`spec.services[${index}]`, service, `a declared service: ${serviceAlternatives(world)}`]];
  });
}

function expiryOf({ expiresAtMs }: Override, nowMs: number): Complaint[] {
  const seconds = Math.round((expiresAtMs - nowMs) / 1_000);
  if (!(expiresAtMs > nowMs)) return [['spec.expires', `a time ${-seconds} s ago`, 'a time to come']];
  if (expiresAtMs - nowMs <= overrideLimits.lastsMs + clockSlackMs) return [];
  const days = overrideLimits.lastsMs / (24 * 3_600_000);
  return [['spec.expires', `a time in ${Math.ceil(seconds / 86_400)} days`, `one at most ${days} days away`]];
}
