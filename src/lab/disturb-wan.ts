// The round trip between two sites changes.
import type { AgentStatus } from '../domain/status.ts';
import { believedRttMs, isNearest, upToDate } from './agents-state.ts';
import type { Disturbance } from './disturbance.ts';
import type { Lab } from './lab.ts';
import { PreparedBatch } from './prepared-batch.ts';
import type { WanSpec } from './scenario-schema.ts';
import { circuitPort, wanNamespace } from './topology.ts';
import { netemLine } from './topology-batch.ts';
import { nearestFirst, reorderedSites, withRtt } from './wan-order.ts';

/** A matrix that moved with a single round trip would flap: the coordinator waits for several windows. */
const noticeLimitMs = 60_000;
const lookEveryMs = 1_000;

/** Both ways of a circuit as they are to be. */
export function circuitLines({
  between: [a, b],
  rttMs,
  loss,
}: Omit<WanSpec, 'between'> & { readonly between: readonly [string, string] }): string[] {
  return [circuitPort(a, b), circuitPort(b, a)].map((device) =>
    netemLine('change', { device, delayMs: rttMs / 2, loss }),
  );
}

export async function changeRtt(
  between: readonly [string, string],
  rttMs: number,
  lab: Lab,
): Promise<Disturbance> {
  const [a, b] = between;
  const batch = await new PreparedBatch(lab.launcher, 'tc', wanNamespace).ready();
  const circuit = lab.wan.find(({ between: pair }) => pair.includes(a) && pair.includes(b));
  const oldMs = circuit?.rttMs ?? 0;
  const changeMs = rttMs - oldMs;
  const after = withRtt(lab.wan, between, rttMs);
  const reordered = reorderedSites(lab.wan, after);
  const before = await lab.admin.status();
  return {
    gone: [],
    unnoticed: false,
    tablesKept: 'nothing',
    isOfControl: false,
    keepsConnections: false,
    restoreAfterMs: 'never',
    lookEveryMs,
    noticeLimitMs,
    inject() {
      batch.write(...circuitLines({ between, rttMs, loss: circuit?.loss ?? 0 }));
      lab.wan = after;
    },
    // The matrix says something else than before, in both directions, and by half of the change at least. What it said before may have
    // been more than the way took: programs that wait for a processor add to every round trip.
    async noticed() {
      const status = await lab.admin.status();
      return [[a, b] as const, [b, a] as const].every(([from, to]) => {
        const now = believedRttMs(status, from, to) ?? oldMs;
        const isFarEnough = changeMs >= 0 ? now >= rttMs - changeMs / 2 : now <= rttMs - changeMs / 2;
        return isFarEnough && now !== believedRttMs(before, from, to);
      });
    },
    // Where another site is the nearer one now, that is believed, and its directors have done what follows. What was believed before may
    // have been a jam's, so that nothing follows.
    async settled() {
      const status = await lab.admin.status();
      const isConcerned = ({ role, site }: AgentStatus): boolean =>
        role === 'director' && reordered.includes(site);
      return (
        status.agents.filter(isConcerned).every(upToDate) &&
        reordered.every((site) => isNearest(status, site, nearestFirst(after, site)[0] ?? ''))
      );
    },
    restore: () => batch.end(),
    recoveryLimitMs: 0,
    recovered: () => true,
    unlike: () => '',
  };
}
