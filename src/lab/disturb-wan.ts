// The round trip between two sites changes.
import { believedRttMs, upToDate, versionOf } from './agents-state.ts';
import { netemLine } from './batch.ts';
import type { Disturbance } from './disturbance.ts';
import type { Lab } from './lab.ts';
import { PreparedBatch } from './prepared-batch.ts';
import { circuitPort, wanNamespace } from './topology.ts';
import { reorderedSites, withRtt } from './wan-order.ts';

/** A matrix that moved with a single round trip would flap: the coordinator waits for several windows. */
const noticeLimitMs = 60_000;
const lookEveryMs = 250;

export async function changeRtt(
  between: readonly [string, string],
  rttMs: number,
  lab: Lab,
): Promise<Disturbance> {
  const [a, b] = between;
  const batch = await new PreparedBatch(lab.launcher, 'tc', wanNamespace).ready();
  const circuit = lab.wan.find(({ between: pair }) => pair.includes(a) && pair.includes(b));
  const oldMs = circuit?.rttMs ?? 0;
  const midwayMs = (oldMs + rttMs) / 2;
  const after = withRtt(lab.wan, between, rttMs);
  const reordered = reorderedSites(lab.wan, after);
  const before = await lab.admin.status();
  const waitFor = before.agents.filter(({ role, site }) => role === 'director' && reordered.includes(site));
  return {
    gone: [],
    unnoticed: false,
    restoreAfterMs: 'never',
    lookEveryMs,
    noticeLimitMs,
    inject() {
      for (const device of [circuitPort(a, b), circuitPort(b, a)]) {
        batch.write(netemLine('change', { device, delayMs: rttMs / 2, loss: circuit?.loss ?? 0 }));
      }
      lab.wan = after;
    },
    // The matrix has moved, in both directions.
    async noticed() {
      const status = await lab.admin.status();
      return [believedRttMs(status, a, b), believedRttMs(status, b, a)].every(
        (believed) => believed !== undefined && believed > midwayMs === rttMs > oldMs,
      );
    },
    // Whoever must now prefer another site has been told so, and has done it.
    async settled() {
      const status = await lab.admin.status();
      return waitFor.every(({ name, wantedVersion }) => {
        const agent = status.agents.find((each) => each.name === name);
        return agent !== undefined && upToDate(agent) && versionOf(status, name) > wantedVersion;
      });
    },
    restore: () => batch.end(),
    recovered: () => true,
    unlike: () => '',
  };
}
