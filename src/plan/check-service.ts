/** What is wrong with a service's words and with what it refers to: sites, real servers, the way to them. */
import { schedulers } from '../domain/ipvs-table.ts';
import {
  drainLimitSeconds,
  forwardingPolicies,
  type Problem,
  placementPolicies,
  type Service,
  slowStartLimitSeconds,
} from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { labelAlternatives, siteAlternatives } from './known-alternatives.ts';
import { alternatives, problemOf } from './problem.ts';
import { selectedInWorld, siteNames } from './world-index.ts';

/** The reader of files refuses these words with a line number; this holds for whoever comes by another way. */
export function checkServiceWords(service: Service): Problem[] {
  const words: readonly [string, string, readonly string[]][] = [
    ['spec.scheduler', service.scheduler, schedulers],
    ['spec.forwarding', service.forwarding, forwardingPolicies],
    ['spec.placement', service.placement, placementPolicies],
  ];
  const problems = words.flatMap(([path, found, allowed]) =>
    allowed.includes(found) ? [] : [problemOf(service, path, found, `one of ${allowed.join(', ')}`)],
  );
  return [...problems, ...checkTimes(service)];
}

function checkTimes(service: Service): Problem[] {
  const times: readonly [string, number | undefined, number][] = [
    ['spec.placement.slowStartSeconds', service.slowStartSeconds, slowStartLimitSeconds],
    ['spec.drainSeconds', service.drainSeconds, drainLimitSeconds],
  ];
  return times.flatMap(([path, seconds = 0, limit]) => {
    if (Number.isInteger(seconds) && seconds >= 0 && seconds <= limit) return [];
    return [problemOf(service, path, `${seconds}`, `a whole number from 0 to ${limit}`)];
  });
}

export function checkSites(world: World, service: Service): Problem[] {
  const declared = siteNames(world);
  const seen = new Set<string>();
  return service.sites.flatMap((site, index) => {
    const problem = (expected: string) => [problemOf(service, `spec.sites[${index}]`, site, expected)];
    if (!declared.has(site)) return problem(`a declared site: ${siteAlternatives(world)}`);
    if (seen.has(site)) return problem('each site once');
    seen.add(site);
    return [];
  });
}

/** Real servers may still come: whoever declares everything at once declares services before there are any. */
export function checkSelector(world: World, service: Service): Problem[] {
  const found = labelText(service.selector);
  const problem = (expected: string) => [
    { ...problemOf(service, 'spec.selector', found, expected), mayCome: true },
  ];
  const matching = selectedInWorld(world)(service.name);
  if (matching.length === 0) {
    const labels = labelAlternatives(world);
    return problem(`labels that at least one real server carries, all of them; there are ${labels}`);
  }
  const declared = siteNames(world);
  if (matching.some(({ site }) => declared.has(site))) return [];
  const sites = alternatives(
    matching.map(({ site }) => site),
    '',
  );
  return problem(`a real server in a declared site; those that match stand in ${sites}: declare a Site`);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(pair).join(', ') || 'empty';
}

function pair([label, value]: readonly [string, string]): string {
  return `${label}=${value}`;
}
