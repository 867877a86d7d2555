/** What is wrong with overrides that only shows beside everything else: whom they are about, and how long they last. */
import {
  type Override,
  overrideLimits,
  type Problem,
  type ResourceId,
  resourceId,
} from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { byName } from './order.ts';
import { alternatives } from './problem.ts';

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
  const known = (kind === 'site' ? world.sites : world.realServers).map((one) => one.name);
  if (known.includes(name)) return [];
  const expected =
    kind === 'site'
      ? `a declared site: ${alternatives(known, 'there is none yet')}`
      : `a real server whose agent has registered: ${alternatives(known, 'none has yet')}`;
  return [[path, name, expected]];
}

function servicesOf(world: World, { services }: Override): Complaint[] {
  const declared = world.services.map(({ name }) => name);
  return services.flatMap((service, index): Complaint[] => {
    if (declared.includes(service)) return [];
    const expected = `a declared service: ${alternatives(declared, 'there is none yet')}`;
    return [[`spec.services[${index}]`, service, expected]];
  });
}

function expiryOf({ expiresAtMs }: Override, nowMs: number): Complaint[] {
  const seconds = Math.round((expiresAtMs - nowMs) / 1_000);
  if (!(expiresAtMs > nowMs)) return [['spec.expires', `a time ${-seconds} s ago`, 'a time to come']];
  if (expiresAtMs - nowMs <= overrideLimits.lastsMs + clockSlackMs) return [];
  const days = overrideLimits.lastsMs / (24 * 3_600_000);
  return [['spec.expires', `a time in ${Math.ceil(seconds / 86_400)} days`, `one at most ${days} days away`]];
}
