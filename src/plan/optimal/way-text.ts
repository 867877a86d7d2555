/** Which sites serve a site's clients, what each costs, why it does not get more, and what the unused ones lack. */
import { tickMs } from '../../domain/tick.ts';
import { compareText } from '../order.ts';
import type { ExplainedCost, ExplainedSite, ExplainedWay, OptimalExplanation } from './explanation.ts';
import { connections, milliseconds, percent, trimmed } from './explanation-words.ts';

/** More unused sites than this help nobody. */
const mostUnused = 4;

export function waySentences({ from, ways, sites, refusal }: OptimalExplanation): string[] {
  if (ways.length === 0) return ['No site may serve it.'];
  const siteOf = new Map(sites.map((site) => [site.site, site]));
  const used = ways
    .filter(({ milli }) => milli > 0)
    .toSorted((a, b) => rank(a, from) - rank(b, from) || b.milli - a.milli || compareText(a.to, b.to));
  const unused = ways
    .filter(({ milli }) => milli === 0)
    .toSorted((a, b) => a.tooExpensiveUs - b.tooExpensiveUs || compareText(a.to, b.to));
  const more = unused.length - mostUnused;
  return [
    ...spillSentence(from, ways, siteOf.get(from)),
    ...used.map((way) => usedSentence(way, siteOf.get(way.to), refusal !== undefined)),
    ...unused.slice(0, mostUnused).map((way) => unusedSentence(way, siteOf.get(way.to))),
    ...(more > 0 ? [`${more} more ${more === 1 ? 'site is' : 'sites are'} unused.`] : []),
  ];
}

function rank({ to }: ExplainedWay, from: string): number {
  return to === from ? 0 : 1;
}

function spillSentence(
  from: string,
  ways: readonly ExplainedWay[],
  site: ExplainedSite | undefined,
): readonly string[] {
  const all = ways.reduce((sum, { milli }) => sum + milli, 0);
  const spilled = ways.filter(({ to }) => to !== from).reduce((sum, { milli }) => sum + milli, 0);
  if (spilled === 0) return [];
  const amount = `${connections(spilled)} of ${connections(all)} go elsewhere`;
  if (site === undefined) return [`${from} has no real server of its own for it: ${amount}.`];
  const isFilling = site.priceUs > 0 && site.stepPercent !== undefined;
  return [isFilling ? `${from} is at its ${site.stepPercent} % step, so ${amount}.` : `${amount}.`];
}

function usedSentence(way: ExplainedWay, site: ExplainedSite | undefined, isRefused: boolean): string {
  const { to, milli, sharePermille, cost } = way;
  const gets = `${to} gets ${connections(milli)} (${percent(sharePermille)})`;
  return `${gets}: ${costText(cost)}${site === undefined ? '' : `, ${fullness(site)}`}; ${boundText(way, site, isRefused)}.`;
}

function boundText(way: ExplainedWay, site: ExplainedSite | undefined, isRefused: boolean): string {
  const goal = `${connections(way.targetMilli)} would be best`;
  switch (way.bound) {
    case 'step':
      return `${goal}, and at most 10 points move in ${tickMs / 1_000} s`;
    case 'tick':
      return `${goal}, from the next tick on`;
    case 'small':
      return `${goal}, but moves of less than 4 points wait`;
    case 'leap':
      return isRefused ? `${goal}, and the plan waits` : goal;
    case 'rescue':
      return 'the site is too full, so the rest has left it at once';
    case 'forced':
      return 'too little is known of the site, but nobody else may serve it';
    case 'order':
      return 'an operator ordered it';
    case 'gone':
      return 'nobody there may serve it any more';
    case 'nobody':
      return 'nobody may serve it at all, so this stands';
    case 'none':
      return site !== undefined && site.priceUs > 0
        ? `one more would cost ${milliseconds(site.priceUs)} besides`
        : 'the cheapest';
  }
}

function unusedSentence(way: ExplainedWay, site: ExplainedSite | undefined): string {
  const { to, cost, tooExpensiveUs, bound, targetMilli } = way;
  const at = site === undefined ? costText(cost) : `${costText(cost)}, ${fullness(site)}`;
  if (bound === 'order') return `${to} unused: an operator ordered it.`;
  if (bound === 'gone') return `${to} unused: nobody there may serve it.`;
  if (site?.standing.inflowMayGrow === false) return `${to} unused: no more may go there (${at}).`;
  if (targetMilli > 0) return `${to} unused yet: ${connections(targetMilli)} would be best (${at}).`;
  if (tooExpensiveUs === 0) return `${to} unused (${at}).`;
  return `${to} unused: ${milliseconds(tooExpensiveUs)} too expensive (${at}).`;
}

const sourceWords: Readonly<Record<ExplainedCost['source'], string>> = {
  measured: '',
  reverse: ', measured the other way round',
  vivaldi: ', estimated by coordinates: nobody has measured it',
  detour: ', measured over a third site',
  guess: ', a guess: nobody has measured it',
};

/** `10.4 ms (9.6 p50 + 0.8 jitter)`. */
function costText({ totalUs, p50Us, jitterUs, lossUs, biasUs, source }: ExplainedCost): string {
  const parts = [`${ms(p50Us)} p50`, ...part(jitterUs, 'jitter'), ...part(lossUs, 'loss')];
  const bias = biasUs === 0 ? '' : ` ${biasUs < 0 ? '-' : '+'} ${ms(Math.abs(biasUs))} by order`;
  const words = sourceWords[source];
  const isSplit = parts.length > 1 || bias !== '';
  return `${milliseconds(totalUs)}${isSplit ? ` (${parts.join(' + ')}${bias})` : ''}${words}`;
}

function part(us: number, name: string): string[] {
  return us === 0 ? [] : [`${ms(us)} ${name}`];
}

function ms(us: number): string {
  return trimmed(us / 1_000);
}

/** `78 % of 12,000 used (15,000 declared, 14,000 healthy, 12,500 measured, 500 carried over)`. */
function fullness(site: ExplainedSite): string {
  const {
    usedPermille,
    capacityMilli,
    declaredMilli,
    healthyMilli,
    measuredMilli,
    carryOverMilli,
    standing,
  } = site;
  const chain = [
    `${connections(declaredMilli)} declared`,
    ...(healthyMilli === declaredMilli ? [] : [`${connections(healthyMilli)} healthy`]),
    ...(measuredMilli === undefined || measuredMilli === healthyMilli
      ? []
      : [`${connections(measuredMilli)} measured`]),
    ...(carryOverMilli === 0 ? [] : [`${connections(carryOverMilli)} carried over`]),
    ...(standing.freshness === 'frozen' ? ['0.9 trusted'] : []),
  ];
  const why = capacityMilli === declaredMilli ? '' : ` (${chain.join(', ')})`;
  if (usedPermille === undefined) return `without capacity${why}`;
  return `${Math.round(usedPermille / 10)} % of ${connections(capacityMilli)} used${why}`;
}
