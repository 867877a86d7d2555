/** When applications are checked, and what is known of each of their ports by now. */
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { messageOf } from '../../src/domain/error.ts';
import { checkLimits, type HealthCheck, plainCheck } from '../../src/domain/health-check.ts';
import type { ApplicationReport } from '../../src/domain/report.ts';
import type { ServicePort } from '../../src/domain/resource.ts';
import { spanText } from '../../src/domain/service-port.ts';
import type { RealServerService } from '../../src/domain/snapshot.ts';
import type { PortVerdict } from '../../src/probe/verdict-runs.ts';
import { type JudgedEnd, reportOf } from './application-report.ts';
import { plannedChecks } from './check-targets.ts';
import { type CheckResult, type Judgement, judge, nextCheckMs, unjudged } from './check-verdict.ts';
import type { CheckTarget } from './checks.ts';

export interface CheckerOptions {
  readonly clock: Clock;
  /** 0..1, to spread the first checks. */
  readonly random: () => number;
  readonly run: (target: CheckTarget) => Promise<CheckResult>;
  /** A verdict changed; `for` tells how long the one before it held. */
  readonly onTransition: (transition: Transition) => void;
}

export interface Transition {
  readonly service: string;
  readonly vip: string;
  /** `80/tcp`: those that share the check. */
  readonly ports: readonly string[];
  readonly from: Judgement;
  readonly to: Judgement;
  readonly forMs: number;
}

export interface Checker {
  /** Checks exactly these from now on; what is known of those that stay is kept. `at` is where a VIP is checked. */
  watch(services: readonly RealServerService[], at: (vip: string) => string): void;
  /** Verdict of each service port of the VIP; undefined where no service has it. */
  verdicts(vip: string): readonly PortVerdict[] | undefined;
  /** One line a service, with its ports that fail. */
  reports(): ApplicationReport[];
  close(): void;
}

/** One question at one VIP, and the ports for which its answer stands. */
interface Subject {
  readonly service: string;
  readonly health: HealthCheck;
  readonly vip: string;
  readonly ports: readonly ServicePort[];
  readonly target: CheckTarget | undefined;
  readonly fingerprint: string;
  judgement: Judgement;
  timer: Timer | undefined;
  closed: boolean;
}

/** A check costs some 0.2 ms of CPU on this host: so many a second leave it to its applications. */
const checksPerSecond = 1_000;
/** Soon, for a restarted agent knows nothing; spread, for many services start at once. */
const firstCheckMs = 50;

export function createChecker(options: CheckerOptions): Checker {
  const { clock } = options;
  let subjects: readonly Subject[] = [];
  let byVip: ReadonlyMap<string, readonly Subject[]> = new Map();
  let names: readonly string[] = [];
  /** From one check of a subject to the next at least, so that all of them are not too many. */
  let crowdMs = 0;

  async function check(subject: Subject, target: CheckTarget): Promise<void> {
    subject.timer = undefined;
    const result = await options.run(target).catch(failed);
    if (subject.closed) return;
    const from = subject.judgement;
    const { fall, rise, intervalMs } = subject.health;
    const to = judge(from, result, { fall, rise }, clock.nowMs());
    subject.judgement = to;
    const delayMs = Math.max(crowdMs, nextCheckMs(to, result, intervalMs));
    subject.timer = clock.after(delayMs, () => void check(subject, target));
    if (from.verdict === to.verdict) return;
    const { service, vip } = subject;
    const ports = subject.ports.map(spanText);
    options.onTransition({ service, vip, ports, from, to, forMs: to.sinceMs - from.sinceMs });
  }

  function stop(subject: Subject): void {
    subject.closed = true;
    subject.timer?.cancel();
  }

  /** What is known of the ports that are to be checked otherwise stands until the new check has found its own. */
  function begun(subject: Subject, akin: ReadonlyMap<string, Judgement>): Subject {
    const { target } = subject;
    if (target === undefined) return subject;
    const known = subject.ports.flatMap((port) => akin.get(endId(subject, port)) ?? []);
    subject.judgement = known[0] ?? subject.judgement;
    const spreadMs = Math.max(firstCheckMs, crowdMs);
    subject.timer = clock.after(spreadMs * options.random(), () => void check(subject, target));
    return subject;
  }

  return {
    watch(services, at) {
      names = services.map(({ name }) => name);
      const before = new Map(subjects.map((subject) => [subject.fingerprint, subject]));
      const akin = new Map(
        subjects.flatMap((old) =>
          old.target === undefined ? [] : old.ports.map((port) => [endId(old, port), old.judgement] as const),
        ),
      );
      const planned = services.flatMap((service) => {
        const health = withinLimits(service.health);
        return service.vips.flatMap((vip) =>
          plannedChecks({ ...service, health }, vip, at(vip)).map(({ target, ports }): Subject => {
            const fingerprint = JSON.stringify([service.name, vip, ports, target, timesOf(health)]);
            const judgement = target === undefined ? unchecked(clock.nowMs()) : unjudged(clock.nowMs());
            const state = { judgement, timer: undefined, closed: false };
            return { service: service.name, health, vip, ports, target, fingerprint, ...state };
          }),
        );
      });
      crowdMs = (1_000 * planned.filter(({ target }) => target !== undefined).length) / checksPerSecond;
      subjects = planned.map((subject) => {
        const same = before.get(subject.fingerprint);
        before.delete(subject.fingerprint);
        return same ?? begun(subject, akin);
      });
      byVip = Map.groupBy(subjects, ({ vip }) => vip);
      for (const subject of before.values()) stop(subject);
    },
    verdicts(vip) {
      return byVip
        .get(vip)
        ?.flatMap(({ ports, judgement }) =>
          ports.map(({ port, protocol }) => ({ port, protocol, verdict: judgement.verdict })),
        );
    },
    reports() {
      const ends = Map.groupBy(subjects, ({ service }) => service);
      return names.map((service) => reportOf(service, (ends.get(service) ?? []).flatMap(endsOf)));
    },
    close() {
      for (const subject of subjects) stop(subject);
      subjects = [];
      byVip = new Map();
      names = [];
    },
  };
}

function endsOf({ vip, ports, judgement }: Subject): JudgedEnd[] {
  return ports.map(({ port, protocol }) => ({ vip, port, protocol, judgement }));
}

function endId({ service, vip }: Subject, { port, protocol }: ServicePort): string {
  return `${service} ${vip} ${port}/${protocol}`;
}

function failed(error: unknown): CheckResult {
  return { ok: false, reason: messageOf(error), certain: false };
}

function unchecked(nowMs: number): Judgement {
  return { ...unjudged(nowMs), verdict: 'unchecked' };
}

/** A snapshot of another version may lack what came later, or ask for a loop without a rest: a timer of 0 ms, or of 2³¹. */
function withinLimits(health: HealthCheck): HealthCheck {
  const { intervalMs, timeoutMs, fall, rise } = health;
  return {
    ...plainCheck,
    ...health,
    ports: health.ports ?? [],
    intervalMs: clamped(intervalMs, checkLimits.intervalMs),
    timeoutMs: clamped(timeoutMs, checkLimits.timeoutMs),
    fall: clamped(fall, checkLimits.fall),
    rise: clamped(rise, checkLimits.rise),
  };
}

function clamped(value: number, { from, to }: { readonly from: number; readonly to: number }): number {
  return Math.min(to, Math.max(from, value));
}

function timesOf({ intervalMs, timeoutMs, fall, rise }: HealthCheck): readonly number[] {
  return [intervalMs, timeoutMs, fall, rise];
}
