/** How far one service's flows go towards the optimum now: at once where that is safe or ordered, else in steps, or not at all. */
import { apportion } from './apportion.ts';
import type { DemandRow } from './demand-row.ts';
import type { FlowBound, PlannedFlow, ServiceInput, ServicePlan } from './flow-plan.ts';
import { limitMoves, type Move, refusedLeap } from './guard.ts';
import type { Flow } from './pool.ts';

/**
 * A leap that stands for so many ticks, a minute, is no slip of a measurement: it is taken, a step at a time. Refused for ever, a
 * site that is added next to the clients would never be used.
 */
export const leapsToBelieve = 12;

interface ServiceParts {
  readonly service: ServiceInput;
  readonly rows: readonly DemandRow[];
  readonly target: (row: DemandRow, to: string) => number;
  readonly isUnsafe: (site: string) => boolean;
  readonly costUs: (from: string, to: string) => number | undefined;
  readonly flow: (row: DemandRow, to: string) => Flow | undefined;
  /** Whether the demand goes to the site though it may get no more, because nobody else may serve. */
  readonly isForced: (row: DemandRow, to: string) => boolean;
  readonly isTick: boolean;
}

/** Target is the optimum, orders included. */
export function planOfService({
  service,
  rows,
  target,
  isUnsafe,
  costUs,
  flow,
  isForced,
  isTick,
}: ServiceParts): ServicePlan {
  const judged = rows.map((row) => {
    const placed = row.sites.reduce((sum, to) => sum + target(row, to), 0);
    const moves = movesOf(row, target, isUnsafe);
    const isGuarded = row.before !== undefined && placed === row.demandMilli;
    const guarded = isGuarded ? besideOrders(row, moves) : [];
    return { row, moves, guarded, isPlaced: placed === row.demandMilli };
  });
  const demandMilli = rows.reduce((sum, row) => sum + row.demandMilli, 0);
  const wantedMilli = judged.reduce((sum, { guarded }) => sum + limitMoves(guarded).wantedMilli, 0);
  const leap = refusedLeap(demandMilli, wantedMilli);
  const refusal = leap !== undefined && service.leaps < leapsToBelieve ? leap : undefined;

  const flows = judged.flatMap(({ row, moves, guarded, isPlaced }): PlannedFlow[] => {
    const { flows: now } = limitMoves(guarded, refusal === undefined && isTick ? undefined : 0);
    const limited = new Map(now.map((flow) => [flow.to, flow.milli]));
    return moves.map((move): PlannedFlow => {
      const { to, beforeMilli, targetMilli } = move;
      // Where nobody may serve, what is in force is as good as anything: the directors see for themselves who lives.
      const milli = isPlaced
        ? (limited.get(to) ?? targetMilli)
        : Math.max(targetMilli, isDrained(service, to) ? 0 : beforeMilli);
      const bound = boundOf({
        service,
        row,
        move,
        isPlaced,
        milli,
        isForced: isForced(row, to),
        refused: refusal !== undefined,
      });
      const optimum = flow(row, to);
      return {
        from: row.site,
        to,
        milli,
        beforeMilli,
        targetMilli,
        costUs: costUs(row.site, to) ?? 0,
        tooExpensiveUs: optimum?.tooExpensiveUs ?? 0,
        bound,
      };
    });
  });
  const leaps = leap === undefined ? 0 : Math.min(leapsToBelieve, service.leaps + (isTick ? 1 : 0));
  return { name: service.name, flows, refusal, leaps };
}

/** Demand that came up where nobody may get more is, before and after, where the optimum has it. */
function movesOf(
  row: DemandRow,
  target: (row: DemandRow, to: string) => number,
  isUnsafe: (site: string) => boolean,
): readonly Move[] {
  const before = (to: string): number => row.before?.get(to) ?? 0;
  const arriving = row.sites.map((to) => Math.max(0, target(row, to) - before(to)));
  const grown = apportion(row.growthMilli, arriving);
  return row.sites.map((to, index) => ({
    to,
    beforeMilli: before(to) + (grown[index] ?? 0),
    targetMilli: target(row, to),
    unsafe: isUnsafe(to),
  }));
}

/**
 * What is not held by an order. An order is obeyed at once and to the last unit: what it leaves more or less of for the others has
 * come or gone, before the guards look, where the optimum has it.
 */
function besideOrders({ held, freeMilli }: DemandRow, moves: readonly Move[]): readonly Move[] {
  const others = moves.filter(({ to }) => !held.has(to));
  const change = freeMilli - others.reduce((sum, { beforeMilli }) => sum + beforeMilli, 0);
  const sign = Math.sign(change);
  const moving = others.map(({ beforeMilli, targetMilli }) =>
    Math.max(0, sign * (targetMilli - beforeMilli)),
  );
  const parts = apportion(Math.abs(change), moving);
  return others.map((move, index) => ({
    ...move,
    beforeMilli: move.beforeMilli + sign * (parts[index] ?? 0),
  }));
}

interface BoundParts {
  readonly service: ServiceInput;
  readonly row: DemandRow;
  readonly move: Move;
  readonly isPlaced: boolean;
  readonly milli: number;
  readonly isForced: boolean;
  readonly refused: boolean;
}

function boundOf({ service, row, move, isPlaced, milli, isForced, refused }: BoundParts): FlowBound {
  const { to, beforeMilli, targetMilli, unsafe } = move;
  if (row.held.has(to) || isDrained(service, to)) return 'order';
  if (isGone(service, to)) return 'gone';
  if (!isPlaced) return 'nobody';
  if (unsafe && milli < beforeMilli) return 'rescue';
  if (isForced && milli > (row.before?.get(to) ?? 0)) return 'forced';
  if (milli === targetMilli) return 'none';
  return refused ? 'leap' : 'step';
}

export function isGone(service: ServiceInput, site: string): boolean {
  return !service.sites.includes(site) || isDrained(service, site);
}

function isDrained(service: ServiceInput, site: string): boolean {
  return service.orders.some((order) => order.kind === 'drain' && order.site === site);
}
