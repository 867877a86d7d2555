/** How a supposition changes what flows are planned from. */

import { CausewayError } from '../../domain/error.ts';
import type { WhatIfChange } from '../../domain/question.ts';
import { whatIfLimits } from '../../domain/question.ts';
import type { LatencyEntry } from '../../domain/report.ts';
import type { Override, OverrideSubject } from '../../domain/resource.ts';
import type { World } from '../../domain/world.ts';
import type { FlowPlanInput } from '../flow/flow-plan.ts';
import type { OptimalInput } from './flow-input.ts';
import { knownPaths } from './paths.ts';
import { requireKnown } from './unknown-name.ts';

const operation = 'suppose';

/** Throws `not-found` with the alternatives, and `invalid` for a figure out of bounds or a name that is two things. */
export function supposed(input: OptimalInput, change: WhatIfChange): OptimalInput {
  const { world, observation } = input;
  const sites = world.sites.map(({ name }) => name);
  switch (change.kind) {
    case 'site-down':
      requireKnown(operation, 'site', change.site, sites);
      return { ...input, observation: { ...observation, servers: withFailed(input, change.site) } };
    case 'rtt':
      requireKnown(operation, 'site', change.from, sites);
      requireKnown(operation, 'site', change.to, sites);
      requireWithin('rtt', change.us, whatIfLimits.us);
      return { ...input, world: { ...world, latency: withRtt(world, sites, change) } };
    case 'capacity':
      requireKnown(operation, 'site', change.site, sites);
      requireWithin('capacity', change.permille, whatIfLimits.permille);
      return { ...input, world: withCapacity(world, change.site, change.permille) };
    case 'demand':
      requireKnown(operation, 'site', change.site, sites);
      requireWithin('demand', change.permille, whatIfLimits.permille);
      return input;
    case 'drain': {
      const drain = drainOf(subjectNamed(world, change.name));
      return { ...input, world: { ...world, overrides: [...world.overrides, drain] } };
    }
  }
}

/** Demand is changed where it is planned with: what nobody has heard of is estimated only there. */
export function withDemand(input: FlowPlanInput, changes: readonly WhatIfChange[]): FlowPlanInput {
  const scaled = (site: string, milli: number): number =>
    changes.reduce(
      (sum, change) =>
        change.kind === 'demand' && change.site === site ? Math.round((sum * change.permille) / 1_000) : sum,
      milli,
    );
  const pools = input.pools.map((pool) => ({
    ...pool,
    services: pool.services.map((service) => ({
      ...service,
      demands: service.demands.map((demand) => ({ ...demand, milli: scaled(demand.site, demand.milli) })),
    })),
  }));
  return { ...input, pools };
}

function withFailed(
  { world, observation }: OptimalInput,
  site: string,
): OptimalInput['observation']['servers'] {
  const failed = new Set(world.realServers.filter((one) => one.site === site).map(({ name }) => name));
  return observation.servers.map((server) =>
    failed.has(server.name)
      ? {
          ...server,
          services: server.services.map((one) => ({ ...one, isHealthy: false, isConfirmedDown: true })),
        }
      : server,
  );
}

function withRtt(
  { latency }: World,
  sites: readonly string[],
  { from, to, us }: Extract<WhatIfChange, { kind: 'rtt' }>,
): readonly LatencyEntry[] {
  const paths = knownPaths(sites, latency);
  const pairs =
    from === to
      ? [[from, to] as const]
      : ([
          [from, to],
          [to, from],
        ] as const);
  const isChanged = (entry: LatencyEntry) => pairs.some(([a, b]) => entry.from === a && entry.to === b);
  const changed = pairs.map(([a, b]): LatencyEntry => {
    const loss = paths.between(a, b)?.loss ?? 0;
    return { from: a, to: b, p50Us: us, p90Us: us, loss };
  });
  return [...latency.filter((entry) => !isChanged(entry)), ...changed];
}

function withCapacity(world: World, site: string, permille: number): World {
  const realServers = world.realServers.map((one) =>
    one.site === site ? { ...one, capacity: (one.capacity * permille) / 1_000 } : one,
  );
  return { ...world, realServers };
}

function subjectNamed(world: World, name: string): OverrideSubject {
  const sites = world.sites.map((site) => site.name);
  const realServers = world.realServers.map((one) => one.name);
  requireKnown(operation, 'site or real server', name, [...sites, ...realServers]);
  if (!sites.includes(name)) return { kind: 'realServer', name };
  if (!realServers.includes(name)) return { kind: 'site', name };
  const message = `found ${JSON.stringify(name)}, a site and a real server, expected a name that is one of them`;
  throw new CausewayError({ code: 'invalid', operation, message });
}

/** Like the drain that an operator would order: a freeze still governs it. */
function drainOf(subject: OverrideSubject): Override {
  return {
    kind: 'Override',
    name: `drain-${subject.name}`,
    order: { kind: 'drain' },
    subject,
    services: [],
    owner: 'nobody',
    reason: 'supposed',
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  };
}

function requireWithin(what: string, value: number, largest: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= largest) return;
  const message = `${what}: found ${value}, expected a whole number from 0 to ${largest}`;
  throw new CausewayError({ code: 'invalid', operation, message });
}
