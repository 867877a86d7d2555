/** What is wrong with what a service refers to: sites and real servers. */
import type { Problem, Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { labelAlternatives, siteAlternatives } from './known-alternatives.ts';
import { alternatives, problemOf } from './problem.ts';
import { selectedInWorld, siteNames } from './world-index.ts';

export function checkSites(world: World, service: Service): Problem[] {
  const declared = siteNames(world);
  return service.sites.flatMap((site, index) => {
    const problem = (expected: string) => [problemOf(service, `spec.sites[${index}]`, site, expected)];
    return declared.has(site) ? [] : problem(`a declared site: ${siteAlternatives(world)}`);
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
