/** What is wrong with what a service refers to: sites and real servers. */
import { isCapable } from '../domain/member.ts';
import { named } from '../domain/named.ts';
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

/** Collectors may still come; and without any nothing is held against anybody. */
export function checkReturnPath(world: World, service: Service): Problem[] {
  if (service.requireReturnPath !== true) return [];
  const collecting = new Set(
    world.directors.filter((one) => isCapable(one, 'return-path')).map(({ site }) => site),
  );
  const isUnheard = (site: string): boolean =>
    collecting.size === 0 || (collecting.size === 1 && collecting.has(site));
  const unheard = [...new Set(selectedInWorld(world)(service.name).map(({ site }) => site))].filter(
    isUnheard,
  );
  if (unheard.length === 0) return [];
  const expected = `a director at another site than ${named(unheard)} that can hear what real servers there send: until there is one, nothing is required of them`;
  return [{ ...problemOf(service, 'spec.requireReturnPath', 'true', expected), mayCome: true }];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(pair).join(', ') || 'empty';
}

function pair([label, value]: readonly [string, string]): string {
  return `${label}=${value}`;
}
