/** How each real server stands with each of its services over time: health, panic, hold-down, slow start. */

import type { AgentReport } from '../../domain/agent-message.ts';
import type { PathState } from '../../domain/report.ts';
import type { Service } from '../../domain/resource.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import {
  type HoldDown,
  heldUntilMs,
  holdDownPermille,
  neverFailed,
  nextHoldDown,
} from '../../plan/estimate/hold-down.ts';
import {
  countsAsHealthy,
  type HealthyCapacity,
  judgePanic,
  type ServerState,
} from '../../plan/estimate/panic.ts';
import { slowStartPermille, slowStartWindowMs } from '../../plan/estimate/slow-start.ts';
import { currentForMs } from '../../plan/health.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { applicationSeen } from '../../plan/observe/application-seen.ts';
import { pathsByName } from '../../plan/observe/path-states.ts';
import { witnesses } from '../../plan/observe/witnesses.ts';
import { serverState } from '../../plan/optimal/common-verdict.ts';
import type { ServerService } from '../../plan/optimal/observation.ts';
import { selectedIn } from '../../plan/selecting.ts';

export interface ServerHealthOptions {
  readonly agents: AgentWords;
  /** Monotonic. */
  readonly startedMs: number;
}

export interface ServerHealth {
  /**
   * By real server; those of undeclared sites are left out. Where the world is a `part` of everything, the others are not forgotten. Yields
   * between services. `silent`: sites of which nobody speaks. Who can't be reached there from outside is not sent to from outside, but
   * has not failed: when the site is heard again nobody is held down for it.
   */
  judge(
    world: World,
    nowMs: number,
    scope: 'all' | 'part',
    silent: ReadonlySet<string>,
  ): Steps<ReadonlyMap<string, readonly ServerService[]>>;
}

/** Whoever is well within this time of the coordinator's start was so before, and needs no warming up. */
const startUpMs = 20_000;
/** Panic looks back to its beginning; one that lasts longer is no panic but the new state of things. */
const historyMs = 10 * 60_000;
const historyLimit = 256;

interface Course {
  readonly state: ServerState;
  readonly holdDown: HoldDown;
  /** When it was first well, or well again. */
  readonly wellSinceMs: number;
}

export function createServerHealth({ agents, startedMs }: ServerHealthOptions): ServerHealth {
  /** By service, then by real server. */
  const courses = new Map<string, ReadonlyMap<string, Course>>();
  const histories = new Map<string, readonly HealthyCapacity[]>();

  function* judge(
    world: World,
    nowMs: number,
    scope: 'all' | 'part',
    silent: ReadonlySet<string>,
  ): Steps<ReadonlyMap<string, readonly ServerService[]>> {
    if (scope === 'all') forgetStrangers(world);
    const words = witnesses(agents, nowMs).map(({ report }) => report);
    const selected = selectedIn(world);
    const found = new Map<string, ServerService[]>();
    for (const service of world.services) {
      yield;
      const members = selected.get(service.name) ?? [];
      const known = courses.get(service.name);
      const states = members.map(({ name, site, capacity }) => {
        const own = ownVerdict(name, service, nowMs);
        const before = known?.get(name)?.state;
        const seen =
          own === 'unknown' ? applicationSeen(words, service.name, name, before === 'confirmed') : own;
        const state = serverState({ own, paths: waysTo(words, name), seen, before });
        return { name, capacity, state, isUnheard: own === 'unknown' && silent.has(site) };
      });
      const { isPanic } = judgePanic({ history: historyOf(service.name, states, nowMs), nowMs });
      const updated = nextCourses(known, states, nowMs);
      courses.set(service.name, updated);
      for (const { name, state } of states) {
        const course = updated.get(name);
        if (course === undefined) continue;
        const entry: ServerService = {
          service: service.name,
          isHealthy: countsAsHealthy(state, isPanic, service.failOpen),
          isConfirmedDown: state === 'confirmed',
          isPanic,
          slowStartPerMille: warmth(service, course, nowMs),
          // In panic everybody is needed who may be alive.
          holdDownPerMille: isPanic ? 1_000 : holdDownPermille(course.holdDown, nowMs),
        };
        const entries = found.get(name);
        if (entries === undefined) found.set(name, [entry]);
        else entries.push(entry);
      }
    }
    return found;
  }

  function forgetStrangers({ services }: World): void {
    const names = new Set(services.map(({ name }) => name));
    for (const name of courses.keys()) if (!names.has(name)) courses.delete(name);
    for (const name of histories.keys()) if (!names.has(name)) histories.delete(name);
  }

  /** The same value where nothing has changed, as mostly. */
  function nextCourses(
    known: ReadonlyMap<string, Course> | undefined,
    states: readonly { readonly name: string; readonly state: ServerState; readonly isUnheard: boolean }[],
    nowMs: number,
  ): ReadonlyMap<string, Course> {
    const isSame =
      known?.size === states.length &&
      states.every(({ name, state, isUnheard }) => {
        const course = known.get(name);
        return course !== undefined && (isUnheard || course.state === state);
      });
    if (isSame && known !== undefined) return known;
    return new Map(
      states.map(({ name, state, isUnheard }) => {
        const course = known?.get(name);
        return [name, isUnheard && course !== undefined ? course : nextCourse(course, state, nowMs)];
      }),
    );
  }

  function nextCourse(known: Course | undefined, state: ServerState, nowMs: number): Course {
    const isWell = state === 'healthy';
    if (known === undefined) {
      const isOld = nowMs - startedMs <= startUpMs;
      return { state, holdDown: neverFailed, wellSinceMs: isOld ? Number.NEGATIVE_INFINITY : nowMs };
    }
    if (known.state === state) return known;
    const wasWell = known.state === 'healthy';
    const isStarting = known.holdDown === neverFailed && nowMs - startedMs <= startUpMs;
    // Not heard of yet is no failure.
    const failed = wasWell || (known.holdDown !== neverFailed && isWell);
    const holdDown = failed
      ? nextHoldDown(known.holdDown, { kind: isWell ? 'healthy' : 'failed', atMs: nowMs })
      : known.holdDown;
    const wellSinceMs = isWell && !wasWell && !isStarting ? nowMs : known.wellSinceMs;
    return { state, holdDown, wellSinceMs };
  }

  function warmth(service: Service, { holdDown, wellSinceMs }: Course, nowMs: number): number {
    const windowMs =
      service.slowStartSeconds === undefined
        ? slowStartWindowMs(service.scheduler)
        : 1_000 * service.slowStartSeconds;
    const sinceMs = Math.max(wellSinceMs, heldUntilMs(holdDown) ?? wellSinceMs);
    return slowStartPermille({ elapsedMs: nowMs - sinceMs, windowMs, aggression: 1 });
  }

  function historyOf(
    service: string,
    states: readonly { readonly capacity: number; readonly state: ServerState }[],
    nowMs: number,
  ): readonly HealthyCapacity[] {
    const known = histories.get(service) ?? [];
    const healthyConnections = states.reduce(
      (sum, one) => sum + (one.state === 'healthy' ? one.capacity : 0),
      0,
    );
    if (known.at(-1)?.healthyConnections === healthyConnections) return known;
    // The last one too, however old: it was in force until now.
    const kept = known
      .filter(({ atMs }, index) => nowMs - atMs <= historyMs || index === known.length - 1)
      .slice(1 - historyLimit);
    const next = [...kept, { atMs: nowMs, healthyConnections }];
    histories.set(service, next);
    return next;
  }

  function ownVerdict(name: string, service: Service, nowMs: number) {
    const record = agents.find('realserver', name);
    if (record === undefined || nowMs - record.reportedAtMs > currentForMs) return 'unknown';
    return record.report.applications.find((one) => one.service === service.name)?.verdict ?? 'unknown';
  }

  return { judge };
}

/** How directors see the way to it. One that sees it up settles it: the others need not be asked. */
function waysTo(words: readonly AgentReport[], realServer: string): PathState[] {
  const states: PathState[] = [];
  for (const report of words) {
    const state = pathsByName(report).get(realServer)?.state;
    if (state !== undefined) states.push(state);
    if (state === 'up') break;
  }
  return states;
}
