/** When applications are checked, and what is known of each by now. */
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { messageOf } from '../../src/domain/error.ts';
import type { ApplicationReport } from '../../src/domain/report.ts';
import type { RealServerService } from '../../src/domain/snapshot.ts';
import type { PortVerdict } from '../../src/probe/datagram.ts';
import type { CheckTarget } from './checks.ts';
import { type CheckResult, type Judgement, judge, nextCheckMs, unjudged } from './verdict.ts';

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
  readonly from: Judgement;
  readonly to: Judgement;
  readonly forMs: number;
}

export interface Checker {
  /** Checks exactly these from now on; what is known of those that stay is kept. `at` is where a VIP is checked. */
  watch(services: readonly RealServerService[], at: (vip: string) => string): void;
  /** Verdict of each service port of the VIP; undefined where no service has it. */
  verdicts(vip: string): readonly PortVerdict[] | undefined;
  /** One line a service: the worst of its VIPs. */
  reports(): ApplicationReport[];
  close(): void;
}

interface Subject {
  readonly service: RealServerService;
  readonly vip: string;
  readonly target: CheckTarget | undefined;
  readonly fingerprint: string;
  judgement: Judgement;
  timer: Timer | undefined;
  closed: boolean;
}

export function createChecker(options: CheckerOptions): Checker {
  const { clock } = options;
  let subjects: readonly Subject[] = [];

  async function check(subject: Subject, target: CheckTarget): Promise<void> {
    subject.timer = undefined;
    const result = await options.run(target).catch(failed);
    if (subject.closed) return;
    const from = subject.judgement;
    const { fall, rise, intervalMs } = subject.service.health;
    const to = judge(from, result, { fall, rise }, clock.nowMs());
    subject.judgement = to;
    subject.timer = clock.after(nextCheckMs(to, result, intervalMs), () => void check(subject, target));
    if (from.verdict === to.verdict) return;
    const { name } = subject.service;
    options.onTransition({ service: name, vip: subject.vip, from, to, forMs: to.sinceMs - from.sinceMs });
  }

  function stop(subject: Subject): void {
    subject.closed = true;
    subject.timer?.cancel();
  }

  return {
    watch(services, at) {
      const before = new Map(subjects.map((subject) => [subject.fingerprint, subject]));
      subjects = services.flatMap((service) =>
        service.vips.map((vip): Subject => {
          const target = targetOf(service, vip, at(vip));
          const fingerprint = JSON.stringify([service, vip, target]);
          const same = before.get(fingerprint);
          before.delete(fingerprint);
          if (same !== undefined) return same;
          // A changed check keeps the verdict until it has found its own.
          const akin = [...before.values()].find(
            (old) => old.service.name === service.name && old.vip === vip,
          );
          const judgement = akin?.judgement ?? unjudged(clock.nowMs());
          const subject: Subject = {
            service,
            vip,
            target,
            fingerprint,
            judgement,
            timer: undefined,
            closed: false,
          };
          if (target !== undefined) {
            subject.timer = clock.after(firstCheckMs * options.random(), () => void check(subject, target));
          }
          return subject;
        }),
      );
      for (const subject of before.values()) stop(subject);
    },
    verdicts(vip) {
      const here = subjects.filter((subject) => subject.vip === vip);
      if (here.length === 0) return undefined;
      return here.flatMap(({ service, judgement }) =>
        service.ports.map(({ port, protocol }) => ({ port, protocol, verdict: judgement.verdict })),
      );
    },
    reports() {
      const worst = new Map<string, Judgement>();
      for (const { service, judgement } of subjects) {
        const known = worst.get(service.name);
        if (known === undefined || rank[judgement.verdict] > rank[known.verdict])
          worst.set(service.name, judgement);
      }
      return [...worst].map(([service, { verdict, sinceMs, reason }]) => ({
        service,
        verdict,
        sinceMs,
        reason,
      }));
    },
    close() {
      for (const subject of subjects) stop(subject);
      subjects = [];
    },
  };
}

function failed(error: unknown): CheckResult {
  return { ok: false, reason: messageOf(error), certain: false };
}

/** Soon, for a restarted agent knows nothing; spread, for many services start at once. */
const firstCheckMs = 50;
const rank = { healthy: 0, unknown: 1, unhealthy: 2 } as const;

/** Undefined where the service has no tcp port to check: its verdict stays unknown. */
function targetOf(service: RealServerService, vip: string, address: string): CheckTarget | undefined {
  const { health, ports } = service;
  const checked = ports.find(({ port, protocol }) =>
    health.port === 0 ? protocol === 'tcp' : protocol === 'tcp' && port === health.port,
  );
  const number = checked === undefined ? health.port : address === vip ? checked.port : checked.targetPort;
  if (number === 0) return undefined;
  const { type, path, host, expectStatus, timeoutMs } = health;
  return {
    type,
    address,
    port: number,
    path,
    host: host === '' && address !== vip ? vip : host,
    expectStatus,
    timeoutMs,
  };
}
