/** What a director knows of its real servers, as those who tell it and those who ask see it. */
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { PathReport, PathState } from '../../src/domain/report.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import type { Steps } from '../../src/domain/steps.ts';
import type { HealthView } from '../../src/plan/effective-weight.ts';
import type { KnockPlan, KnockTimes } from '../../src/plan/knock-plan.ts';
import type { KnockRound } from '../../src/plan/path-health.ts';
import type { PortVerdict } from '../../src/probe/verdict-runs.ts';
import type { ProbeTarget } from './probe-targets.ts';
import type { ProbedPath } from './prober.ts';

export interface DueKnock extends ProbedPath, KnockTimes {
  readonly slot: number;
  readonly plan: KnockPlan;
}

export interface Health extends HealthView {
  /** Without a VIP: to the real server as a whole, which is up where any of its VIPs is. */
  path(realServer: string, vip?: string): PathState;
  /** The agent there answers by this VIP. */
  isAnswering(path: ProbedPath): boolean;
  /** The verdict on a service there as a whole. */
  service(realServer: string, service: string): AppVerdict;
  /** From now on these; what is known of those that stay is kept. */
  watch(snapshot: DirectorSnapshot, targets: readonly ProbeTarget[]): void;
  sent(path: ProbedPath, id: number, atMs: number): void;
  /** It did not leave after all, and counts for nothing. */
  unsent(path: ProbedPath, id: number, atMs: number): void;
  answered(
    path: ProbedPath,
    id: number,
    atMs: number,
    verdicts: readonly PortVerdict[],
    isWhole: boolean,
  ): void;
  /** The agent there says by itself what is unhealthy. */
  news(path: ProbedPath, atMs: number, verdicts: readonly PortVerdict[]): void;
  /** The agent there ends in order. */
  farewell(path: ProbedPath, atMs: number): void;
  /** A round of probes is over: silence is judged. */
  round(realServer: string, atMs: number): void;
  /** Where to knock now; whoever takes it owes each a `knocked`. `carries`: clients depend on it. */
  dueKnocks(realServer: string, atMs: number, carries: boolean): DueKnock[];
  /** When to look for due knocks before the next round of probes; undefined: then is soon enough. */
  nextLookMs(realServer: string, atMs: number): number | undefined;
  /** `round`: undefined where none could be tried. */
  knocked(path: ProbedPath, atMs: number, round: KnockRound | undefined): void;
  /** The last sign of life from anybody, and when the last question left that was answered; undefined: none ever. */
  heard(): Pick<KnockRound, 'heardMs' | 'askedMs'>;
  /** This director is at fault itself: condemns nobody until it is told otherwise by an empty reason. */
  hold(reason: string, atMs: number): void;
  /** Why it condemns nobody; empty: it does. */
  held(): string;
  /** Whoever owes an answer must be asked in earnest, and so must all others: they are its witnesses. */
  isDoubtful(atMs: number): boolean;
  /** Yields between real servers. */
  paths(atMs: number): Steps<readonly PathReport[]>;
  verdicts(): { realServer: string; service: string; verdict: AppVerdict }[];
}
