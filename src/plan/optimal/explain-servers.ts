/** Why each real server has its weight, and since when. */
import { weightFromTerms } from '../weights/explain-terms.ts';
import type { ServerWeight } from '../weights/weights.ts';
import type { ExplainedServer } from './explanation.ts';
import { type DirectorWord, type Ground, groundOf } from './grounds.ts';
import type { WeightChange } from './latest-plans.ts';

/** What the directors of the site say of a real server, by their names. */
export type WordsOn = (realServer: string) => readonly DirectorWord[];

/** `changes`: of this service at the directors of this site. */
export function explainedServers(
  servers: readonly ServerWeight[],
  changes: readonly WeightChange[],
  wordsOn: WordsOn,
): readonly ExplainedServer[] {
  const newestOf = new Map<string, WeightChange>();
  for (const one of changes) {
    const last = newestOf.get(one.realServer);
    if (last === undefined || last.atMs <= one.atMs) newestOf.set(one.realServer, one);
  }
  return servers.map(({ name, site, weight, terms }) => {
    const newest = newestOf.get(name);
    return {
      name,
      site,
      weight,
      terms,
      weightFromTerms: weightFromTerms(terms),
      ...(newest === undefined ? {} : { since: sinceOf(newest) }),
      ...groundsOf(wordsOn(name)),
    };
  });
}

export function groundsOf(words: readonly DirectorWord[]): { readonly grounds?: readonly Ground[] } {
  return words.length === 0 ? {} : { grounds: words.map(groundOf) };
}

function sinceOf({ atMs, cause, from }: WeightChange): NonNullable<ExplainedServer['since']> {
  return { atMs, cause, ...(from === undefined ? {} : { was: from }) };
}
