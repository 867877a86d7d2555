/** Whether a new snapshot looks like a mistake: an agent refuses one that would take away most of what it carries. */
import type { DirectorContent, RealServerContent } from './snapshots.ts';

/** Share that may go in one step; more needs the operator's force, or the services deleted by name. */
const leastKeptShare = 0.5;

/** Why a director should refuse `next`, or undefined. Destinations of services deleted on purpose do not count. */
export function implausible(
  previous: DirectorContent | undefined,
  next: DirectorContent,
): string | undefined {
  if (previous === undefined) return undefined;
  const before = previous.services.filter(({ name }) => !next.deletedServices.includes(name));
  if (before.length > 0 && next.services.length === 0) {
    return `empty, while ${before.length} services are carried that nobody deleted`;
  }
  const kept = new Set(next.services.flatMap(destinationsOf));
  return tooManyGone(before.flatMap(destinationsOf), kept, 'destinations');
}

/** Why a real server should refuse `next`, or undefined. VIPs of services deleted on purpose do not count. */
export function implausibleForRealServer(
  previous: RealServerContent | undefined,
  next: RealServerContent,
): string | undefined {
  if (previous === undefined) return undefined;
  const before = previous.services.filter(({ name }) => !next.deletedServices.includes(name));
  if (before.length > 0 && next.services.length === 0) {
    return `empty, while ${before.length} services are carried that nobody deleted`;
  }
  if (before.length > 0 && previous.directors.length > 0 && next.directors.length === 0) {
    return `no directors left, while ${previous.directors.length} send to this real server`;
  }
  const kept = new Set(next.services.flatMap(({ vips }) => vips));
  return tooManyGone([...new Set(before.flatMap(({ vips }) => vips))], kept, 'VIPs');
}

function destinationsOf(service: DirectorContent['services'][number]): string[] {
  return service.destinations.map(({ realServer }) => `${service.name} ${realServer}`);
}

function tooManyGone(before: readonly string[], kept: ReadonlySet<string>, what: string): string | undefined {
  const gone = before.filter((item) => !kept.has(item)).length;
  if (gone <= before.length * (1 - leastKeptShare)) return undefined;
  return `${gone} of ${before.length} ${what} would go at once; apply with force if that is meant`;
}
