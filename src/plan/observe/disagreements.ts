/** Where two directors of a site would not choose the same real server for a connection, though they should. Pure. */

import { hashing } from '../../domain/ipvs-table.ts';
import type { ChoiceReport, DestinationReport } from '../../domain/report.ts';
import type { Disagreement } from '../../domain/status.ts';
import type { World } from '../../domain/world.ts';
import { compareText } from '../order.ts';
import { remembered } from '../remembered.ts';
import { claims, directorsBySite } from '../selection.ts';
import type { AgentWord, AgentWords } from './agent-word.ts';

/**
 * A real server that dies, and a weight that changes, reach directors one after the other, within a second or two; a new version within a
 * few. What has lasted this long is no such thing.
 */
export const disagreesAfterMs = 15_000;

type Said = readonly [director: AgentWord, choice: ChoiceReport];

/**
 * Only who has what is wanted of it is compared, is connected, and does not suspect itself. Directors may judge the health of a real
 * server differently for good (a way that one of them has lost): that is told as well, for its connections end when they move.
 * Another order alone is told where nothing else is other: about one connection in 200 ends. `nowMs`: since the epoch.
 */
export function disagreements(
  world: Pick<World, 'sites' | 'directors' | 'services'>,
  agents: Pick<AgentWords, 'find'>,
  nowMs: number,
): Disagreement[] {
  const services = new Map(world.services.map((service) => [service.name, service]));
  const isMeant = (name: string, site: string) => {
    const service = services.get(name);
    return service !== undefined && hashing.has(service.scheduler) && claims(service, site);
  };
  return directorsBySite(world).flatMap(([site, directors]) => {
    if (directors.length < 2) return [];
    const words = directors
      .map(({ name }) => agents.find('director', name))
      .filter((word): word is AgentWord => word !== undefined && isComparable(word));
    const said = words.flatMap((word) =>
      (word.report.choices ?? []).flatMap((choice): Said[] =>
        isMeant(choice.service, site) ? [[word, choice]] : [],
      ),
    );
    return [...Map.groupBy(said, ([, { service }]) => service)]
      .toSorted(([a], [b]) => compareText(a, b))
      .flatMap(([service, own]) => {
        const about = aboutOf(own);
        const sinceMs = Math.max(...own.map(([, choice]) => choice.sinceMs));
        if (about === undefined || nowMs - sinceMs < disagreesAfterMs) return [];
        const names = own.map(([{ name }]) => name).toSorted(compareText);
        const detail = about === 'content' ? detailOf(service, own) : undefined;
        return [
          { service, site, directors: names, about, sinceMs, ...(detail === undefined ? {} : { detail }) },
        ];
      });
  });
}

function isComparable({ isConnected, report, wanted, applied }: AgentWord): boolean {
  return isConnected && report.held === '' && applied.version === wanted?.version;
}

function aboutOf(own: readonly Said[]): Disagreement['about'] | undefined {
  const differs = (of: 'content' | 'order') => new Set(own.map(([, choice]) => choice[of])).size > 1;
  return differs('content') ? 'content' : differs('order') ? 'order' : undefined;
}

/** A setting that is other is so in all services. */
const byService = remembered((destinations: readonly DestinationReport[]) =>
  Map.groupBy(destinations, ({ service }) => service),
);

/** The first real server of which two say different weights; where there is none, it is flags or settings. */
function detailOf(service: string, own: readonly Said[]): string | undefined {
  const weights = own.map(
    ([{ name, report }]) =>
      [
        name,
        new Map(
          (byService(report.destinations).get(service) ?? []).map(({ realServer, weight }) => [
            realServer,
            weight,
          ]),
        ),
      ] as const,
  );
  const servers = [...new Set(weights.flatMap(([, of]) => [...of.keys()]))].toSorted(compareText);
  for (const server of servers) {
    const [first, ...rest] = weights.map(([name, of]) => [name, of.get(server) ?? -1] as const);
    const other = rest.find(([, weight]) => weight !== first?.[1]);
    if (first === undefined || other === undefined) continue;
    return `${server} has ${weightText(first[1])} by ${first[0]} and ${weightText(other[1])} by ${other[0]}`;
  }
  return undefined;
}

function weightText(weight: number): string {
  return weight < 0 ? 'no place' : `weight ${weight}`;
}
