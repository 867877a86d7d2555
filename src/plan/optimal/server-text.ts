/** How each real server's weight follows from its site's share, in words. */
import type { Exclusion, WeightTerm } from '../weights/explain-terms.ts';
import { strengthOf } from '../weights/strength.ts';
import type { WriteCause } from '../weights/suppression.ts';
import type { ExplainedServer, OptimalExplanation } from './explanation.ts';
import { connections, instant, percent } from './explanation-words.ts';

export function serverSentences({ from, atMs, realServers, basis, decision }: OptimalExplanation): string[] {
  if (realServers.length === 0) {
    return ['No weight is decided yet: until then the directors do as by policy local.'];
  }
  return [
    ...(basis === undefined ? [] : basisSentences(basis)),
    ...realServers.map((server) => serverSentence(server, from, atMs)),
    ...(decision?.kind === 'keep-all' ? [keptText(decision.isSilent === true)] : []),
  ];
}

function basisSentences({
  flows,
  multipliers,
  unhealthy,
}: NonNullable<OptimalExplanation['basis']>): string[] {
  return [
    ...(flows ? [] : ['No flow leads to anybody who may carry, so sites share by strength.']),
    ...(multipliers ? [] : ['Slow start and hold-down do not count, or nobody would carry.']),
    ...(unhealthy ? ['Nobody is healthy, and the service fails open: failed ones carry.'] : []),
  ];
}

function serverSentence({ name, site, weight, terms, since }: ExplainedServer, from: string, nowMs: number) {
  const head = `${name} has weight ${weight} from ${from}: ${reasons(site, terms).join(', ')}.`;
  if (since === undefined) return head;
  const at = instant(since.atMs, nowMs);
  return `${head} ${since.was === undefined ? `New at ${at}` : `Was ${since.was} until ${at}`}: ${since.cause}.`;
}

const exclusionWords: Readonly<Record<Exclusion, string>> = {
  ineligible: 'no director there reaches it',
  drained: 'it is drained',
  unhealthy: 'it has failed',
  'held-down': 'it keeps failing and is held down',
  'no-flow': 'nothing is sent to its site',
};

function reasons(site: string, terms: readonly WeightTerm[]): string[] {
  return terms.flatMap((term) => reasonOf(site, term, terms));
}

function reasonOf(site: string, term: WeightTerm, terms: readonly WeightTerm[]): string[] {
  switch (term.kind) {
    case 'excluded':
      return [exclusionWords[term.reason]];
    case 'site-share':
      return [`${site} gets ${percent(share(term.flow, term.of))}`];
    case 'scale':
      return [];
    case 'server-share':
      return [
        `of that ${percent(serverShare(term, terms))} by its capacity of ${connections(term.capacity)}`,
      ];
    case 'slow-start':
      return term.perMille === 1_000 ? [] : [`slow start ${percent(term.perMille)}`];
    case 'hold-down':
      return term.perMille === 1_000 ? [] : [`hold-down leaves ${percent(term.perMille)}`];
    case 'rounding':
      return term.units === 0 ? [] : ['rounded up'];
    case 'aperture':
      return [
        `${term.kept} of ${term.of} carry there, as the share is too small for all`,
        ...(term.units < 0 ? ['not this one'] : []),
      ];
    case 'gcd':
      return [`${signed(term.units)} so that the weights have no common divisor`];
    case 'suppression':
      return [`${term.suppressed} would be right, but is not worth a write`];
  }
}

/** Of its site, slow start and hold-down considered. */
function serverShare(
  { capacity, ofSiteStrength }: Extract<WeightTerm, { kind: 'server-share' }>,
  terms: readonly WeightTerm[],
): number {
  const perMille = (kind: 'slow-start' | 'hold-down') =>
    terms.flatMap((term) => (term.kind === kind && 'perMille' in term ? [term.perMille] : []))[0] ?? 0;
  return share(strengthOf(capacity, perMille('slow-start'), perMille('hold-down')), ofSiteStrength);
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.round((1_000 * part) / whole) : 0;
}

function signed(units: number): string {
  return units < 0 ? `${units}` : `+${units}`;
}

/** Why weights were written. */
export function causeText(cause: WriteCause): string {
  switch (cause.kind) {
    case 'first':
      return 'the first weights';
    case 'safety':
      return 'for safety';
    case 'range':
      return 'the scheduler took no other';
    case 'eligibility':
      return `${cause.realServer} came or went`;
    case 'site':
      return `the share of ${cause.site} was off`;
    case 'server':
      return `the share of ${cause.realServer} was off`;
  }
}

function keptText(isSilent: boolean): string {
  return isSilent
    ? 'No director there is heard: the weights stay until one is.'
    : 'The change is too small to be written: the weights stay.';
}
