/** Which weights changed lately, and why. */
import { compareText } from '../order.ts';
import { instant } from './explanation-words.ts';
import type { WeightChange } from './latest-plans.ts';
import { causeText } from './server-text.ts';

export interface ChangesQuestion {
  /** Each restricts; all where absent. */
  readonly service?: string | undefined;
  readonly from?: string | undefined;
  readonly realServer?: string | undefined;
}

/** The oldest first. */
export function changesAbout(
  changes: readonly WeightChange[],
  { service, from, realServer }: ChangesQuestion,
): readonly WeightChange[] {
  return changes
    .filter(
      (change) =>
        (service === undefined || change.service === service) &&
        (from === undefined || change.site === from) &&
        (realServer === undefined || change.realServer === realServer),
    )
    .toSorted(
      (a, b) =>
        a.atMs - b.atMs ||
        compareText(a.service, b.service) ||
        compareText(a.site, b.site) ||
        compareText(a.realServer, b.realServer),
    );
}

/** A line for what one decision wrote at one site; `nowMs` for dates. */
export function changesText(changes: readonly WeightChange[], nowMs: number): string[] {
  if (changes.length === 0) return ['No weight has changed since.'];
  const bursts = Map.groupBy(changes, ({ atMs, service, site, cause }) =>
    JSON.stringify([atMs, service, site, cause]),
  );
  return [...bursts.values()].flatMap((burst) => {
    const [first] = burst;
    if (first === undefined) return [];
    const { atMs, service, site, cause, decision } = first;
    const weights = burst.map(({ realServer, from, to }) => `${realServer} ${from ?? 'new'} → ${to}`);
    const why = decision.kind === 'write-all' ? [causeText(decision.cause), cause] : [cause];
    return [`${instant(atMs, nowMs)} ${service} from ${site}: ${weights.join(', ')} (${why.join('; ')}).`];
  });
}
