/** How each real server stands with each of its services over time: health, panic, hold-down, slow start. */

import type { AgentReport } from '../../domain/agent-message.ts';
import type { PathState } from '../../domain/report.ts';
import type { Service } from '../../domain/resource.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import { type Course, firstCourse, nextCourse, warmthPermille } from '../../plan/estimate/course.ts';
import { holdDownPermille } from '../../plan/estimate/hold-down.ts';
import {
  countsAsHealthy,
  type HealthyCapacity,
  judgePanic,
  panicHistory,
  type ServerState,
} from '../../plan/estimate/panic.ts';
import { currentForMs } from '../../plan/health.ts';
import type { Estimates } from '../../plan/leader/estimates.ts';
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
  /** What the leader before has left of it. */
  readonly before?: Pick<Estimates, 'courses' | 'panics'> | undefined;
  /** Whether the leader before planned with it; undefined where that is not known. */
  readonly wasThere?: ((service: string, realServer: string) => boolean | undefined) | undefined;
}

export interface ServerHealth extends Pick<Estimates, 'courses' | 'panics'> {
  /**
   * By real server; those of undeclared sites are left out. Where the world is a `part` of everything, the others are not forgotten. Yields
   * between services. `silent`: sites of which no director speaks. Who can't be reached there from outside is not sent to from outside, but
   * has not failed, also where he says himself that he is well: when the site is heard again nobody is held down for it.
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

export function createServerHealth(options: ServerHealthOptions): ServerHealth {
  const { agents, startedMs, before, wasThere } = options;
  /** By service, then by real server. */
  const courses = new Map(before?.courses);
  /** By service, those that are in it. */
  const panics = new Map(before?.panics);
  const judgedServices = new Set<string>();
  const histories = new Map<string, readonly HealthyCapacity[]>(
    [...panics].map(([service, panic]) => [service, panicHistory(panic)]),
  );

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
        const isOut = own === 'unknown' || (own === 'healthy' && state !== 'healthy');
        return { name, capacity, state, isUnheard: isOut && silent.has(site) };
      });
      const isPanic = judgeService(service.name, states, nowMs);
      const updated = nextCourses(service.name, known, states, nowMs);
      courses.set(service.name, updated);
      judgedServices.add(service.name);
      for (const { name, state } of states) {
        const course = updated.get(name);
        if (course === undefined) continue;
        const entry: ServerService = {
          service: service.name,
          isHealthy: countsAsHealthy(state, isPanic, service.failOpen),
          isConfirmedDown: state === 'confirmed',
          isPanic,
          slowStartPerMille: warmthPermille(service, course, nowMs),
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
    for (const name of panics.keys()) if (!names.has(name)) panics.delete(name);
  }

  /** Whether it is in panic. */
  function judgeService(
    service: string,
    states: readonly { readonly capacity: number; readonly state: ServerState }[],
    nowMs: number,
  ): boolean {
    const verdict = judgePanic({ history: historyOf(service, states, nowMs), nowMs });
    const { isPanic, beforeConnections = 0 } = verdict;
    if (!isPanic) panics.delete(service);
    else if (panics.get(service)?.beforeConnections !== beforeConnections)
      panics.set(service, { sinceMs: nowMs, beforeConnections });
    return isPanic;
  }

  /** The same value where nothing has changed, as mostly. */
  function nextCourses(
    service: string,
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
    const isStartUp = nowMs - startedMs <= startUpMs;
    return new Map(
      states.map(({ name, state, isUnheard }) => {
        const course = known?.get(name);
        if (course === undefined) return [name, firstCourse(state, isOld(service, name, nowMs), nowMs)];
        return [name, isUnheard ? course : nextCourse(course, state, isStartUp, nowMs)];
      }),
    );
  }

  /** Whoever is not known was well before this leader began, or is new. */
  function isOld(service: string, name: string, nowMs: number): boolean {
    const there = wasThere?.(service, name);
    return there === undefined ? nowMs - startedMs <= startUpMs : there && !judgedServices.has(service);
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

  return { judge, courses, panics };
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
