/** Whether a change takes away more than its author may without saying that he means it. */
import { defaultRemovalLimit, type RemovalLimit, type Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { needsHandover } from './handover-steps.ts';
import { selectedInWorld } from './world-index.ts';

/**
 * Half of two is one, and nobody deletes less than one: of so few services, or destinations, nothing is judged. From four on, more
 * than half at once is seldom a plan and often a wrong folder, a wrong context, a selector with a typing error.
 */
const unjudgedUpTo = 3;

/** Why `after`, which is `before` with the change, may not be without more ado; undefined: it may. */
export function beyondRemovalLimit(
  before: World,
  after: World,
  {
    limit = defaultRemovalLimit,
    force,
  }: { readonly limit?: RemovalLimit | undefined; readonly force: boolean },
): string | undefined {
  const kept = new Map(after.services.map((service) => [service.name, service]));
  const staying = before.services.filter(({ name }) => kept.has(name));
  const deleted = before.services.length - staying.length;
  if (isBeyond(deleted, before.services.length, limit.servicesPermille))
    return sentence(`${deleted} of ${before.services.length} services`, 'services', limit.servicesPermille);
  const lost = lostDestinations(before, after, staying, force);
  if (lost === 0) return undefined;
  const all = staying.reduce((sum, { name }) => sum + selectedInWorld(before)(name).length, 0);
  if (isBeyond(lost, all, limit.destinationsPermille))
    return sentence(
      `${lost} of ${all} destinations of services that stay`,
      'destinations',
      limit.destinationsPermille,
    );
  return undefined;
}

/** By how many each has fewer; one that gets as many others, blue for green, loses none. */
function lostDestinations(before: World, after: World, staying: readonly Service[], force: boolean): number {
  const next = new Map(after.services.map((service) => [service.name, service]));
  const isSameMembers = before.realServers.length === after.realServers.length;
  let lost = 0;
  for (const service of staying) {
    const changed = next.get(service.name);
    if (changed === undefined || (isSameMembers && changed === service)) continue;
    const has = selectedInWorld(after)(service.name).length;
    // Until one of them comes it is served as before.
    if (has === 0 && !force && before.directors.length > 0 && needsHandover(service, changed)) continue;
    lost += Math.max(0, selectedInWorld(before)(service.name).length - has);
  }
  return lost;
}

function isBeyond(gone: number, of: number, permille: number): boolean {
  return of > unjudgedUpTo && gone * 1_000 > of * permille;
}

function sentence(what: string, setting: 'services' | 'destinations', permille: number): string {
  return `it would remove ${what}, where a change may remove ${permille / 10}% (Settings/default, spec.removal.${setting}): --allow-removal if that is meant`;
}
