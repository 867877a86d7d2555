/** What is wrong with resources that only shows in the company of the others; an apply with any of it is refused whole. */
import type { Problem, ResourceId } from '../domain/resource.ts';
import { resourceId } from '../domain/resource.ts';
import type { Steps } from '../domain/steps.ts';
import type { World } from '../domain/world.ts';
import { checkForwarding } from './check-forwarding.ts';
import { checkHealth } from './check-health.ts';
import { checkRanges } from './check-ranges.ts';
import { checkReturnPath, checkSelector, checkSites } from './check-service.ts';
import { checkAnnouncements, checkIpvsSettings, checkTuning } from './check-tuning.ts';
import { checkTunnels } from './check-tunnel.ts';
import { checkVipPorts } from './check-vip-ports.ts';
import { checkVips } from './check-vips.ts';
import { checkWays } from './check-ways.ts';
import { realServerAlternatives } from './known-alternatives.ts';
import { byName } from './order.ts';
import { alternatives } from './problem.ts';
import { realServerNames, siteNames } from './world-index.ts';

/**
 * Problems of the changed resources in `world`, which is as it would be after the change. Resources that nobody touches are
 * not judged: what has grown wrong with them does not stand in the way of another change. Yields between services.
 */
export function* checkResources(world: World, changed: readonly ResourceId[]): Steps<Problem[]> {
  const ids = new Set(changed.map(resourceId));
  const problems: Problem[] = [];
  for (const service of byName(world.services.filter((one) => ids.has(resourceId(one))))) {
    problems.push(
      ...checkVips(world, service, ids),
      ...checkHealth(service),
      ...checkVipPorts(world, service),
      ...checkSites(world, service),
      ...checkSelector(world, service),
      ...checkReturnPath(world, service),
      ...checkForwarding(world, service, ids),
      ...checkWays(world, service),
      ...checkTuning(world, service),
      ...checkRanges(world, service),
    );
    yield;
  }
  return [
    ...problems,
    ...checkTunnels(world, ids),
    ...checkIpvsSettings(world, ids),
    ...checkAnnouncements(world, ids),
    ...checkRealServers(world, ids),
    ...checkDeletedSites(world, changed),
  ];
}

function checkRealServers(world: World, ids: ReadonlySet<string>): Problem[] {
  const known = realServerNames(world);
  return world.realServerPolicies
    .filter((policy) => ids.has(resourceId(policy)) && !known.has(policy.name))
    .map(({ kind, name }) => {
      const expected = `the name of a real server whose agent has registered: ${realServerAlternatives(world)}`;
      return { resource: { kind, name }, path: 'metadata.name', found: name, expected, mayCome: true };
    });
}

/** By site: the services that name it. */
function usersBySite({ services }: World): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const service of services) {
    for (const site of new Set(service.sites)) {
      const known = users.get(site);
      if (known === undefined) users.set(site, [resourceId(service)]);
      else known.push(resourceId(service));
    }
  }
  return users;
}

/** A site that a service names can't be deleted; the service would be the one to change first. */
function checkDeletedSites(world: World, changed: readonly ResourceId[]): Problem[] {
  const declared = siteNames(world);
  const gone = changed.filter(({ kind, name }) => kind === 'Site' && !declared.has(name));
  if (gone.length === 0) return [];
  const usersOf = usersBySite(world);
  return gone.flatMap(({ kind, name }) => {
    const users = usersOf.get(name) ?? [];
    if (users.length === 0) return [];
    const expected = `a site that no service names; ${alternatives(users, '')} does in spec.sites`;
    return [{ resource: { kind, name }, path: 'metadata.name', found: `deletion of ${name}`, expected }];
  });
}
