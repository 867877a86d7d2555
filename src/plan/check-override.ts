/** What is wrong with overrides that only shows beside everything else: whom they are about, and how long they last. */
import {
  type Override,
  overrideLimits,
  type Problem,
  type ResourceId,
  resourceId,
} from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { realServerAlternatives, serviceAlternatives, siteAlternatives } from './known-alternatives.ts';
import { byName } from './order.ts';
import { realServerNames, serviceNames, siteNames } from './world-index.ts';

/** The clock of who resolved `for: 90d` may be ahead of this one. */
const clockSlackMs = 60_000;

type Complaint = readonly [path: string, found: string, expected: string];

/** Problems of the changed ones in `world`, which is as it would be after the change. */
export function checkOverrides(world: World, changed: readonly ResourceId[], nowMs: number): Problem[] {
  const ids = new Set(changed.map(resourceId));
  return byName(world.overrides.filter((override) => ids.has(resourceId(override)))).flatMap((override) => {
    const resource = { kind: override.kind, name: override.name };
    const complaints = [
      ...subjectOf(world, override),
      ...servicesOf(world, override),
      ...expiryOf(override, nowMs),
    ];
    return complaints.map(([path, found, expected]) => ({ resource, path, found, expected }));
  });
}

function subjectOf(world: World, { subject }: Override): Complaint[] {
  const { kind, name } = subject;
  const path = `spec.${kind}`;
  const known = kind === 'site' ? siteNames(world) : realServerNames(world);
  if (known.has(name)) return [];
  const expected =
    kind === 'site'
      ? `a declared site: ${siteAlternatives(world)}`
      : `a real server whose agent has registered: ${realServerAlternatives(world)}`;
  return [[path, name, expected]];
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
