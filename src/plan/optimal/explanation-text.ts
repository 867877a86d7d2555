/** An explanation in sentences: why this weight, why not more, and what would change it. */
import type { Scheduler } from '../../domain/ipvs-table.ts';
import type { Explanation, OptimalExplanation, PolicyExplanation } from './explanation.ts';
import { age, connections, counted, grouped, instant, trimmed } from './explanation-words.ts';
import { groundSentences } from './ground-text.ts';
import { orderSentences } from './order-text.ts';
import { serverSentences } from './server-text.ts';
import { waySentences } from './way-text.ts';

export function explanationText(explanation: Explanation): string[] {
  return explanation.policy === 'optimal' ? optimalText(explanation) : policyText(explanation);
}

function optimalText(explanation: OptimalExplanation): string[] {
  const { service, from, atMs, refusal } = explanation;
  return [
    `${service} at the directors of ${from}, as planned at ${instant(atMs, atMs)}.`,
    ...withdrawalSentences(explanation),
    ...schedulerSentences(explanation),
    demandSentence(explanation),
    ...waySentences(explanation),
    ...(refusal === undefined ? [] : [`The plan waits: ${refusal}.`]),
    ...serverSentences(explanation),
    ...groundSentences(explanation.realServers, atMs),
    ...agesSentences(explanation),
    ...orderSentences(explanation.orders, atMs),
  ];
}

function withdrawalSentences({ from, atMs, withdrawal }: Explanation): string[] {
  if (withdrawal === undefined) return [];
  const { sinceMs, reachableConnections, usableConnections } = withdrawal;
  const of = `${grouped(usableConnections)} of the ${grouped(reachableConnections)} connections`;
  return [
    `Its VIPs have been withdrawn at ${from} since ${instant(sinceMs, atMs)}: ${of} that it may use are usable. ` +
      'Who comes all the same is served; above 80 % they return.',
  ];
}

/** What becomes of weights where they are not shares of new connections. */
const schedulerWords: Readonly<Partial<Record<Scheduler, string>>> = {
  rr: 'takes real servers in turn: of weights it heeds 0 alone',
  lc: 'takes the real server with the fewest connections: of weights it heeds 0 alone',
  wlc: 'compares connections per weight: weights are shares of the connections that are open, not of new ones',
  sed: 'compares connections per weight: weights are shares of the connections that are open, not of new ones',
  nq: 'takes an idle real server first, whatever its weight; otherwise weights are shares of the connections that are open',
  twos: 'draws two real servers by weight, and takes the one with fewer connections per weight',
  lblc: 'sends a VIP to one real server until that is overloaded: weights say which is next',
  lblcr: 'sends a VIP to few real servers until they are overloaded: weights say which is next',
  dh: 'sends a VIP to one real server, which its hash chooses: of weights it heeds 0 alone',
  fo: 'sends all to the real server with the largest weight',
  ovf: 'sends all to the real server with the largest weight, until it has as many active connections as that; then to the next',
};

function schedulerSentences({ scheduler }: Explanation): string[] {
  const words = schedulerWords[scheduler];
  return words === undefined ? [] : [`Its scheduler, ${scheduler}, ${words}.`];
}

function demandSentence({ from, demand }: OptimalExplanation): string {
  const { source, bound, newPerSecond, lifetimeSeconds, heldPeakMilli = 0 } = demand;
  const wants = `${from} wants ${counted(demand.milli)}`;
  if (source === 'flows') return `${wants}: what its flows carried, as nobody has heard of it since.`;
  if (source === 'none') return `${wants}: nobody has heard of it yet.`;
  if (newPerSecond === undefined || lifetimeSeconds === undefined) {
    return `${wants}: those it has now, as it is not known yet how fast new ones come.`;
  }
  const estimate = `${rate(newPerSecond)} new a second that last ${trimmed(lifetimeSeconds)} s`;
  const peak = `the peak of ${connections(heldPeakMilli)}`;
  switch (bound) {
    case 'low':
      return `${wants}: ${estimate}, but no less than 0.85 of ${peak}.`;
    case 'high':
      return `${wants}: ${estimate}, but no more than 1.2 of ${peak}.`;
    default:
      return `${wants}: ${estimate}.`;
  }
}

function rate(perSecond: number): string {
  return perSecond < 10 ? trimmed(perSecond) : grouped(Math.round(perSecond));
}

/** Of all inputs that decided, the oldest; and what age has done to them. */
function agesSentences({ demand, sites, from }: OptimalExplanation): string[] {
  const ages = [...sites.map(({ standing }) => standing.ageMs), demand.ageMs ?? 0];
  const oldest = `Inputs ${age(Math.max(...ages))} old at most.`;
  const stale = sites.flatMap(({ site, standing }) => {
    const { freshness, onProbation, inflowMayGrow, ageMs } = standing;
    const heard = `${site} was last heard ${age(ageMs)} ago`;
    if (freshness === 'lost') return [`${heard}: its declared capacity counts, and no more may go there.`];
    if (freshness === 'frozen') return [`${heard}: 0.9 of its capacity counts, and no more may go there.`];
    if (onProbation) return [`${site} is heard again, but on probation: no more may go there.`];
    return inflowMayGrow ? [] : [`No more may go to ${site}.`];
  });
  const own = demand.ageMs === undefined ? [] : [`Demand of ${from} ${age(demand.ageMs)} old.`];
  return [[oldest, ...own].join(' '), ...stale];
}

const policyWords: Readonly<Record<PolicyExplanation['policy'], string>> = {
  local: 'its own site first, then the nearest, each by declared capacity',
  latency: 'by capacity over the square of the round trip',
  static: 'by the declared weights alone',
};

function policyText(explanation: PolicyExplanation): string[] {
  const { service, policy, from, atMs, tiers } = explanation;
  const rows = tiers.map(({ realServers }, index) => {
    const names = realServers.map(({ name, site, weight }) => `${name} (${site}) ${weight}`);
    return `${index === 0 ? 'First' : `Where tier ${index} fails`}: ${names.join(', ')}.`;
  });
  return [
    `${service} at the directors of ${from} is placed by policy ${policy}: ${policyWords[policy]}; demand plays no part.`,
    ...withdrawalSentences(explanation),
    ...schedulerSentences(explanation),
    ...(rows.length === 0 ? ['No real server may carry it.'] : rows),
    ...groundSentences(
      tiers.flatMap(({ realServers }) => realServers),
      atMs,
    ),
  ];
}
