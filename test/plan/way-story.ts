/** A way to one VIP, lived through in steps of an interval: the agent there, the kernel there, and somebody else who is heard or not. */
import type { PathState } from '../../src/domain/report.ts';
import { type KnockCourse, nextCourse, nextKnock, noKnocks } from '../../src/plan/knock-plan.ts';
import {
  initialPathHealth,
  isPortDead,
  type KnockOutcome,
  nextPathHealth,
  type PathEvent,
  type PathHealth,
} from '../../src/plan/path-health.ts';

export const timing = { intervalMs: 100, downAfterMs: 300, goneAfterMs: 2_000, rise: 2 };

/** What lives in one stretch of the story. */
export interface Stretch {
  readonly forMs: number;
  readonly agent: boolean;
  /** What the kernel there says at each port; 7484 is known to be closed. Absent: silent. */
  readonly ports: Readonly<Record<number, KnockOutcome>>;
  /** Somebody else answers meanwhile; the default. */
  readonly others?: boolean;
  readonly held?: boolean;
  /** The director itself stands still before the stretch begins. */
  readonly sleepMs?: number;
  readonly farewell?: boolean;
}

export interface Told {
  readonly atMs: number;
  readonly state: PathState;
}

const knockTimeoutMs = 150;
export const living = { 7483: 'handshake', 80: 'handshake', 7484: 'refused' } as const;
export const refusing = { 7483: 'refused', 80: 'refused', 7484: 'refused' } as const;

export function liveThrough(stretches: readonly Stretch[], tcpPorts: readonly number[] = [80]) {
  let health: PathHealth = initialPathHealth(0);
  let course: KnockCourse = noKnocks;
  let heardMs: number | undefined;
  let nowMs = 0;
  let knocks = 0;
  const told: Told[] = [];
  const happen = (event: PathEvent): void => {
    health = nextPathHealth(health, event, timing);
    if (health.state !== (told.at(-1)?.state ?? 'unknown')) told.push({ atMs: nowMs, state: health.state });
  };
  for (const stretch of stretches) {
    nowMs += stretch.sleepMs ?? 0;
    if (stretch.farewell === true) happen({ kind: 'farewell', atMs: nowMs });
    const endMs = nowMs + stretch.forMs;
    let ends: { atMs: number; end: () => void } | undefined;
    for (; nowMs < endMs; nowMs += 10) {
      if (ends !== undefined && nowMs >= ends.atMs) {
        ends.end();
        ends = undefined;
      }
      if (nowMs % timing.intervalMs !== 0) continue;
      if (stretch.others !== false) heardMs = nowMs;
      happen({ kind: 'tick', atMs: nowMs, heardMs, isHeld: stretch.held === true });
      happen({ kind: 'sent', atMs: nowMs });
      if (stretch.agent) {
        happen({ kind: 'answered', atMs: nowMs + 5 });
        heardMs = nowMs + 5;
      }
      const plan = ends === undefined ? nextKnock(health, course, tcpPorts, 300, timing, nowMs) : undefined;
      if (plan === undefined) continue;
      const outcomeAt = (port: number): KnockOutcome => stretch.ports[port] ?? 'silent';
      const open = plan.open.map((port) => ({ port, outcome: outcomeAt(port) }));
      const begun = {
        startedMs: nowMs,
        dueMs: nowMs + knockTimeoutMs / 3,
        inSilence: plan.inSilence,
        open,
        closed: plan.closed ? outcomeAt(7484) : undefined,
      };
      knocks += open.length + (plan.closed ? 1 : 0);
      const isSlow = open.some(({ outcome }) => outcome === 'silent');
      ends = {
        atMs: nowMs + (isSlow ? knockTimeoutMs : 10),
        end() {
          const round = { ...begun, heardMs, askedMs: heardMs };
          course = nextCourse(course, round, nowMs);
          if (stretch.held !== true) happen({ kind: 'knocked', atMs: nowMs, round });
          if (health.handshakeMs === nowMs) heardMs = nowMs;
        },
      };
    }
    ends?.end();
  }
  return { told, health, knocks, isDead: (port: number) => isPortDead(health, port) };
}
