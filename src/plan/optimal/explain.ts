/** Why the directors of a site have the weights they have: all that decided them, as one value. */
import type { Service } from '../../domain/resource.ts';
import type { World } from '../../domain/world.ts';
import { wayUnder } from '../forwarding.ts';
import { byName, compareText } from '../order.ts';
import { place } from '../placement.ts';
import type { PlannedRealServer } from '../placement-policy.ts';
import { claims, plannedRealServers, selects, underOrders } from '../selection.ts';
import { explainedOrders } from './explain-orders.ts';
import { explainedServers, groundsOf, type WordsOn } from './explain-servers.ts';
import { explainedDemand, explainedSites, explainedWays } from './explain-ways.ts';
import type { Explanation, PolicyExplanation } from './explanation.ts';
import type { LatestPlan, WeightChange } from './latest-plans.ts';
import { sitesOf } from './server-weights.ts';
import { findKnown, requireKnown } from './unknown-name.ts';

export interface ExplainQuestion {
  readonly service: string;
  /** Site of the directors. */
  readonly from: string;
  /** All of the service unless given. */
  readonly realServer?: string | undefined;
}

/** Throws `not-found`, naming the alternatives, where the question names what is not there. */
export function explainService(
  latest: LatestPlan,
  changes: readonly WeightChange[],
  question: ExplainQuestion,
  wordsOn: WordsOn = () => [],
): Explanation {
  const { world } = latest;
  const { service, realServers } = askedFor(world, question);
  const { placement, name } = service;
  const { from } = question;
  const withdrawal = world.withdrawals.get(name)?.get(from);
  const head = {
    service: name,
    from,
    atMs: latest.atMs,
    scheduler: service.scheduler,
    ...(withdrawal === undefined ? {} : { withdrawal }),
  };
  if (placement !== 'optimal') {
    const askedWords: WordsOn = (one) => (isAsked({ name: one }, question) ? wordsOn(one) : []);
    return { policy: placement, ...head, tiers: tiersOf(world, service, from, realServers, askedWords) };
  }
  const pool = latest.situation.groups.findIndex(({ group }) =>
    group.services.some((one) => one.name === name),
  );
  const plan = latest.plan.services.find((one) => one.name === name);
  const placed = sitesOf(latest.placed, name).find((one) => one.site === from);
  const input = latest.situation.input.pools[pool]?.services.find((one) => one.name === name);
  const chains = latest.situation.groups[pool]?.chains ?? [];
  const asked = byName(realServers.filter((one) => isAsked(one, question)));
  return {
    policy: placement,
    ...head,
    demand: explainedDemand(latest.situation.groups[pool]?.demands ?? [], input, from),
    ways: explainedWays(plan?.flows ?? [], latest.situation.paths, from),
    sites: explainedSites(chains, latest.plan.pools[pool] ?? []),
    ...(plan?.refusal === undefined ? {} : { refusal: plan.refusal }),
    orders: explainedOrders(
      world.overrides,
      name,
      chains.map(({ site }) => site),
      asked.map((one) => one.name),
    ),
    ...(placed === undefined ? {} : { decision: placed.weights.decision, basis: placed.weights.basis }),
    realServers: explainedServers(
      (placed?.weights.servers ?? []).filter((one) => isAsked(one, question)),
      changes.filter((change) => change.service === name && change.site === from),
      wordsOn,
    ),
  };
}

function askedFor(
  world: World,
  { service: name, from, realServer }: ExplainQuestion,
): { readonly service: Service; readonly realServers: readonly PlannedRealServer[] } {
  const service = findKnown('explain', 'service', name, world.services);
  const sites = world.sites
    .map((site) => site.name)
    .filter((site) => claims(service, site) && world.directors.some((director) => director.site === site));
  requireKnown('explain', 'site', from, sites, ` with a director that claims ${name}`);
  const realServers = plannedRealServers(world).filter((one) => selects(service, one));
  if (realServer !== undefined) {
    const names = realServers.map((one) => one.name);
    requireKnown('explain', 'real server', realServer, names, ` that ${name} selects`);
  }
  return { service, realServers };
}

function isAsked({ name }: { readonly name: string }, { realServer }: ExplainQuestion): boolean {
  return realServer === undefined || realServer === name;
}

function tiersOf(
  world: World,
  service: Service,
  from: string,
  realServers: readonly PlannedRealServer[],
  wordsOn: WordsOn,
): PolicyExplanation['tiers'] {
  const directors = world.directors.filter(({ site }) => site === from);
  const reached = realServers.filter((one) =>
    directors.some((director) => wayUnder(service.forwarding, director, one) !== undefined),
  );
  const ordered = reached.map((one) => underOrders(world, service, one));
  const sites = new Map(reached.map(({ name, site }) => [name, site]));
  const placed = place({ service, fromSite: from, realServers: ordered, latency: world.latency });
  return [...Map.groupBy(placed, ({ tier }) => tier)]
    .toSorted(([a], [b]) => a - b)
    .map(([tier, members]) => ({
      tier,
      realServers: members
        .map(({ realServer, weight }) => ({
          name: realServer,
          site: sites.get(realServer) ?? '',
          weight,
          ...groundsOf(wordsOn(realServer)),
        }))
        .toSorted((a, b) => compareText(a.site, b.site) || compareText(a.name, b.name)),
    }));
}
