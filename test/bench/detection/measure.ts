/** One fault, from the calm before it to the calm after it, and what it cost the client. */
import { pause, waitUntil } from '../../../src/lab/wait.ts';
import type { Fault } from './faults.ts';
import type { Place } from './place.ts';
import { type Figures, figuresOf, isOver, quietMs, type Request, type Side, sides } from './requests.ts';
import type { Outcome } from './rows.ts';

/** What is not found by then never is: ten times what keepalived takes for a dead host. */
export const watchMs = 20_000;
/** How long agents are away: beyond `goneAfterMs`, so that a director which took them for dead would delete. */
export const agentsAwayMs = 12_000;
const lookEveryMs = 250;

/** `told` hears in words what failed. */
export async function measure(fault: Fault, place: Place, told: (line: string) => void): Promise<Outcome> {
  const {
    signal,
    load: { timeoutMs },
  } = place;
  const injection = await fault.prepare(place);
  const faultMs = Date.now();
  injection.inject();
  const requests = (): Request[] => place.requests.since(faultMs - timeoutMs);
  if (fault.lasts === 'whole') await pause(agentsAwayMs, signal);
  else {
    await waitUntil(
      () => {
        const fromMs = Date.now() - timeoutMs - quietMs;
        return isOver(requests(), fault.affects, { faultMs, fromMs });
      },
      { limitMs: watchMs, everyMs: lookEveryMs, signal },
    );
  }
  const healedMs = Date.now();
  await injection.heal();
  await place.agentsReady();
  await place.calm();
  // A returning agent must not be felt either; a returning host may be: its fault is over.
  const untilMs = fault.lasts === 'whole' ? Date.now() : healedMs;
  const all = requests();
  for (const side of sides) told(`${side}: ${errorsText(all, side, faultMs)}`);
  const figures = (side: Side): Figures | undefined =>
    fault.affects.includes(side) ? figuresOf(all, side, { fromMs: faultMs, untilMs }) : undefined;
  return {
    fault: fault.name,
    ours: figuresOf(all, 'ours', { fromMs: faultMs, untilMs }),
    keepalived: figures('keepalived') ?? null,
  };
}

/** `timeout 12, ECONNREFUSED 3` */
function errorsText(requests: readonly Request[], side: Side, fromMs: number): string {
  const failed = requests.filter(
    (one) => one.side === side && one.error !== '' && one.atMs + one.tookMs >= fromMs,
  );
  const counts = [...Map.groupBy(failed, ({ error }) => error)].map(
    ([error, own]) => `${error} ${own.length}`,
  );
  return counts.join(', ') || 'no request failed';
}
