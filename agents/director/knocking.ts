/** Who is knocked at when, and what may be believed of it: only what left with its mark proves anything about a real server. */
import type { Clock } from '../../src/domain/clock.ts';
import { closedPort } from '../../src/domain/probe.ts';
import type { KnockOutcome, KnockRound } from '../../src/plan/path-health.ts';
import type { DueKnock, Health } from './health.ts';
import type { Knocker } from './knocker.ts';
import type { SelfCheck } from './self-check.ts';

export interface KnockingOptions {
  readonly health: Health;
  readonly knocker: Knocker;
  readonly self: SelfCheck;
  readonly clock: Clock;
  /** Clients depend on it. */
  readonly carries: (realServer: string) => boolean;
}

const againMs = 60;

/** To be asked at each round of a real server's probes. */
export type Knocking = (realServer: string) => void;

export function createKnocking({ health, knocker, self, clock, carries }: KnockingOptions): Knocking {
  function consider(realServer: string): void {
    const nowMs = clock.monotonicMs();
    for (const due of health.dueKnocks(realServer, nowMs, carries(realServer))) void knock(due);
    const lookMs = health.nextLookMs(realServer, nowMs);
    if (lookMs !== undefined) clock.after(lookMs - nowMs, () => consider(realServer));
  }

  async function knock(due: DueKnock): Promise<void> {
    const round = await roundOf(due).catch(() => undefined);
    health.knocked(due, clock.monotonicMs(), round);
    // A doubt does not wait for the next round of probes.
    const isDoubtful = round?.open.some(({ outcome }) => outcome !== 'handshake') === true;
    if (isDoubtful && due.plan.inSilence) clock.after(againMs, () => consider(due.realServer));
  }

  async function roundOf({
    realServer,
    vip,
    slot,
    plan,
    timeoutMs,
    dueAfterMs,
  }: DueKnock): Promise<KnockRound | undefined> {
    // Where all was well a moment ago, whoever watches the rules tells soon enough; a failure is then a doubt, and looked at again.
    const before = plan.isDoubt ? await self.check(realServer, vip, plan.inSilence) : undefined;
    if (before?.isWell === false) return undefined;
    const startedMs = clock.monotonicMs();
    const ask = (port: number) => knocker.knock(slot, vip, port, timeoutMs);
    const [closed, ...open] = await Promise.all([
      plan.closed ? ask(closedPort) : undefined,
      ...plan.open.map(ask),
    ]);
    // Unmarked, a knock goes to whoever the network takes for the VIP's holder, and is answered there.
    if (before !== undefined && !(await self.hasLasted(before))) return undefined;
    const tried = plan.open.flatMap((port, index) => outcomeOf(port, open[index]));
    return tried.length === 0
      ? undefined
      : {
          startedMs,
          dueMs: startedMs + dueAfterMs,
          inSilence: plan.inSilence,
          ...health.heard(),
          open: tried,
          closed,
        };
  }

  return consider;
}

function outcomeOf(port: number, outcome: KnockOutcome | undefined) {
  return outcome === undefined ? [] : [{ port, outcome }];
}
