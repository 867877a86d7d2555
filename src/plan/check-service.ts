/** What is wrong with what a service refers to: sites, real servers, the way to them. */
import { type Problem, resourceId, type Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { alternatives, problemOf } from './problem.ts';
import { selects } from './selection.ts';

export function checkSites(world: World, service: Service): Problem[] {
  const declared = world.sites.map(({ name }) => name);
  return service.sites.flatMap((site, index) => {
    const problem = (expected: string) => [problemOf(service, `spec.sites[${index}]`, site, expected)];
    return declared.includes(site)
      ? []
      : problem(`a declared site: ${alternatives(declared, 'there is none yet')}`);
  });
}

/** Real servers may still come: whoever declares everything at once declares services before there are any. */
export function checkSelector(world: World, service: Service): Problem[] {
  const found = labelText(service.selector);
  const problem = (expected: string) => [
    { ...problemOf(service, 'spec.selector', found, expected), mayCome: true },
  ];
  const matching = world.realServers.filter((realServer) => selects(service, realServer));
  if (matching.length === 0) {
    const labels = alternatives(
      world.realServers.flatMap((realServer) => Object.entries(realServer.labels).map(pair)),
      'none: no real server with labels has registered yet',
    );
    return problem(`labels that at least one real server carries, all of them; there are ${labels}`);
  }
  const declared = new Set(world.sites.map(({ name }) => name));
  if (matching.some(({ site }) => declared.has(site))) return [];
  const sites = alternatives(
    matching.map(({ site }) => site),
    '',
  );
  return problem(`a real server in a declared site; those that match stand in ${sites}: declare a Site`);
}

/** One director reaches one real server in one way, so services that share real servers may not state different ones. */
export function checkForwarding(world: World, service: Service, changed: ReadonlySet<string>): Problem[] {
  if (service.forwarding === 'auto') return [];
  return world.services.flatMap((other) => {
    const isBlamed = changed.has(resourceId(other)) && other.name > service.name;
    if (isBlamed || other.forwarding === 'auto' || other.forwarding === service.forwarding) return [];
    const shared = world.realServers.find(
      (realServer) => selects(service, realServer) && selects(other, realServer),
    );
    if (shared === undefined) return [];
    const expected = `${other.forwarding}, as ${resourceId(other)} says for the same real server ${shared.name}`;
    return [problemOf(service, 'spec.forwarding', service.forwarding, expected)];
  });
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(pair).join(', ') || 'empty';
}

function pair([label, value]: readonly [string, string]): string {
  return `${label}=${value}`;
}
