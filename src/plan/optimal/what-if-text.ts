/** What a supposition comes to, in sentences: how much moves, who gets too full, how long it takes. */

import type { WhatIf, WhatIfChange, WhatIfSite } from '../../domain/question.ts';
import { tickMs } from '../../domain/tick.ts';
import { age, connections, counted, listed, percent } from './explanation-words.ts';

/** The planner fills no site beyond it while it can help it. */
const fullPermille = 850;

export function whatIfText(
  { flows, sites, movedMilli, demandMilli, ticks, waitTicks, seconds, settled }: WhatIf,
  changes: readonly WhatIfChange[],
): string[] {
  const isSame = flows.every(({ beforeMilli, afterMilli }) => beforeMilli === afterMilli);
  const down = changes.flatMap((change) => (change.kind === 'site-down' ? [change.site] : []));
  const waiting =
    waitTicks === 0 ? '' : `, of which ${age(tickMs * waitTicks)} until so large a move is believed`;
  const plans = ticks + waitTicks === 1 ? '1 plan' : `${ticks + waitTicks} plans`;
  const running =
    down.length === 0 ? 'running connections stay where they are' : `those to ${listed(down)} break`;
  return [
    isSame ? 'Nothing would move.' : movedSentence(movedMilli, demandMilli),
    ...sites.filter(isTooFull).map(fullSentence),
    ...(down.length === 0 || isSame
      ? []
      : [`Clients near ${listed(down)} still count there, through whichever director they come in.`]),
    ...(settled ? [] : [`It does not settle within ${ticks} plans.`]),
    ...(settled && ticks > 0
      ? [`It would take ${age(1_000 * seconds)} (${plans}${waiting}); ${running}.`]
      : []),
  ];
}

function movedSentence(movedMilli: number, demandMilli: number): string {
  if (movedMilli === 0) return 'Every connection would go the same way as now.';
  const moved = `${connections(movedMilli)} of ${counted(demandMilli)}`;
  return `${moved} (${share(movedMilli, demandMilli)}) would go another way.`;
}

function isTooFull({ after }: WhatIfSite): boolean {
  return after.loadMilli * 1_000 > after.capacityMilli * fullPermille;
}

function fullSentence({ site, before, after }: WhatIfSite): string {
  const was = before.capacityMilli === 0 ? '' : `, from ${share(before.loadMilli, before.capacityMilli)}`;
  if (after.capacityMilli === 0)
    return `${site} would have no capacity left, yet ${connections(after.loadMilli)} go there.`;
  return `${site} would be ${share(after.loadMilli, after.capacityMilli)} full${was}.`;
}

function share(part: number, whole: number): string {
  return percent(whole > 0 ? Math.round((1_000 * part) / whole) : 0);
}
