/** How far one service's flows go towards the optimum now: at once where that is safe or ordered, else in steps, or not at all. */
import { compareText } from '../order.ts';
import { apportion } from './apportion.ts';
import type { DemandRow } from './demand-row.ts';
import type { FlowBound, PlannedFlow, ServiceInput, ServicePlan } from './flow-plan.ts';
import { isConsiderable, limitMoves, type Move, refusedLeap } from './guard.ts';
import type { CostsFrom, SolvedRow, TooExpensiveUs } from './solve-rows.ts';

/**
 * A leap that stands for so many ticks, a minute, is no slip of a measurement: it is taken, a step at a time. Refused for ever, a
 * site that is added next to the clients would never be used. What has left an overfull site in haste may come back as far for as
 * long: in the lab, a spill-over that went too far stood for a minute, as the way back was a leap.
 */
export const leapsToBelieve = 12;

export interface ServiceParts {
  readonly service: ServiceInput;
  /** With the optimum, orders included. */
  readonly rows: readonly SolvedRow[];
  readonly tooExpensiveUs: TooExpensiveUs;
  /** Sites that are left at once. */
  readonly overfull: ReadonlySet<string>;
  /** It may get no more, unless nobody else may serve. */
  readonly isFrozen: (site: string) => boolean;
  readonly costsFrom: CostsFrom;
  readonly isTick: boolean;
}

/** Whether a site may not serve any more, and whether an operator has it drained. */
interface Leaving {
  readonly isGone: (site: string) => boolean;
  readonly isDrained: (site: string) => boolean;
}

export function planOfService(parts: ServiceParts): ServicePlan {
  const { service, rows, tooExpensiveUs, overfull, isFrozen, costsFrom, isTick } = parts;
  const leaving = leavingOf(service);
  const isUnsafe = (to: string): boolean => overfull.has(to) || leaving.isGone(to);
  const judged = rows.map((solved) => {
    const { row, target } = solved;
    const moves = movesOf(solved, isUnsafe);
    const isPlaced = sumOf(target) === row.demandMilli;
    const guarded = row.before !== undefined && isPlaced ? besideOrders(row, moves) : [];
    return { solved, moves, isPlaced, guarded, limited: limitMoves(guarded) };
  });
  const demandMilli = rows.reduce((sum, { row }) => sum + row.demandMilli, 0);
  const wantedMilli = judged.reduce((sum, { limited }) => sum + limited.wantedMilli, 0);
  const leap = refusedLeap(demandMilli, wantedMilli);
  const refusal = leap !== undefined && service.leaps < leapsToBelieve ? leap : undefined;
  const isHeld = refusal !== undefined || !isTick;
  const heldBy = refusal !== undefined ? 'leap' : isTick ? 'step' : 'tick';

  const touched = judged.map(({ solved, moves, isPlaced, guarded, limited }) => {
    const { row } = solved;
    const { flows } = isHeld ? limitMoves(guarded, 0) : limited;
    const costTo = costsFrom(row.site);
    return moves.map((move): PlannedFlow => {
      const { to, beforeMilli, targetMilli } = move;
      // Where nobody may serve, what is in force is as good as anything: the directors see for themselves who lives.
      const milli = isPlaced
        ? (flows.find((flow) => flow.to === to)?.milli ?? targetMilli)
        : Math.max(targetMilli, leaving.isDrained(to) ? 0 : beforeMilli);
      const isForced = solved.isForced && isFrozen(to) && milli > (row.before?.get(to) ?? 0);
      const waitsFor = limited.isSmall && refusal === undefined ? 'small' : heldBy;
      const bound = boundOf({ leaving, row, move, isPlaced, milli, isForced, waitsFor });
      const [costUs, beyondUs] = [costTo(to) ?? 0, tooExpensiveUs(solved.source, to) ?? 0];
      return {
        from: row.site,
        to,
        costUs,
        tooExpensiveUs: beyondUs,
        milli,
        beforeMilli,
        targetMilli,
        bound,
      };
    });
  });
  const rescuedMilli = judged.reduce((sum, { limited }) => sum + limited.rescuedMilli, 0);
  const isRescue = rescuedMilli > 0 && isConsiderable(demandMilli, rescuedMilli);
  const change = isTick ? (leap === undefined ? -1 : 1) : 0;
  const leaps = isRescue ? leapsToBelieve : Math.min(leapsToBelieve, Math.max(0, service.leaps + change));
  const every = everyFlowOf(
    { costsFrom, tooExpensiveUs },
    leaving,
    judged.map(({ solved: { row, source }, isPlaced }, index) => {
      const { site, sites, held } = row;
      return { site, sites, held, source, isPlaced, touched: touched[index] ?? [] };
    }),
  );
  return planWith({ name: service.name, touched: touched.flat(), refusal, leaps }, every);
}

/** By itself: what reads the flows would else hold all that the plan was made of until the next one. */
function planWith(
  { name, touched, refusal, leaps }: Omit<ServicePlan, 'flows'>,
  every: () => ServicePlan['flows'],
): ServicePlan {
  return {
    name,
    get flows() {
      return every();
    },
    touched,
    refusal,
    leaps,
  };
}

/** What a row's ways that carry nothing are told from: each plan keeps it until the next one, and nothing else of the row. */
interface PlannedRow extends Pick<DemandRow, 'site' | 'sites' | 'held'>, Pick<SolvedRow, 'source'> {
  readonly isPlaced: boolean;
  readonly touched: readonly PlannedFlow[];
}

type EveryCost = Pick<ServiceParts, 'costsFrom' | 'tooExpensiveUs'>;

/** Made when they are first asked for. Holds nothing of the plan but what they are made of. */
function everyFlowOf(
  costs: EveryCost,
  leaving: Leaving,
  rows: readonly PlannedRow[],
): () => readonly PlannedFlow[] {
  let flows: readonly PlannedFlow[] | undefined;
  return () => {
    flows ??= rows.flatMap((row) => everyFlow(leaving, costs, row));
    return flows;
  };
}

/** Also those that carry nothing, did not and should not. */
function everyFlow(
  leaving: Leaving,
  { costsFrom, tooExpensiveUs }: EveryCost,
  row: PlannedRow,
): PlannedFlow[] {
  const { source, isPlaced, touched } = row;
  const known = new Map(touched.map((flow) => [flow.to, flow]));
  const costTo = costsFrom(row.site);
  const nothing = { milli: 0, beforeMilli: 0, targetMilli: 0 };
  return row.sites.map((to): PlannedFlow => {
    const flow = known.get(to);
    if (flow !== undefined) return flow;
    const move = { to, beforeMilli: 0, targetMilli: 0, unsafe: false };
    const bound = boundOf({ leaving, row, move, isPlaced, milli: 0, isForced: false, waitsFor: 'none' });
    const [costUs, beyondUs] = [costTo(to) ?? 0, tooExpensiveUs(source, to) ?? 0];
    return { from: row.site, to, costUs, tooExpensiveUs: beyondUs, ...nothing, bound };
  });
}

/** By site, where anything was or should be. Demand that came up where nobody may get more is, before and after, where the optimum has it. */
function movesOf({ row, target }: SolvedRow, isUnsafe: (site: string) => boolean): readonly Move[] {
  const { before, growthMilli } = row;
  const sites = [...target.keys()];
  for (const to of before?.keys() ?? []) if (!target.has(to)) sites.push(to);
  sites.sort(compareText);
  const grown = growthMilli === 0 ? [] : apportion(growthMilli, arrivingAt(sites, before, target));
  return sites.map((to, index) => ({
    to,
    beforeMilli: (before?.get(to) ?? 0) + (grown[index] ?? 0),
    targetMilli: target.get(to) ?? 0,
    unsafe: isUnsafe(to),
  }));
}

function arrivingAt(
  sites: readonly string[],
  before: DemandRow['before'],
  target: SolvedRow['target'],
): readonly number[] {
  return sites.map((to) => Math.max(0, (target.get(to) ?? 0) - (before?.get(to) ?? 0)));
}

/**
 * What is not held by an order. An order is obeyed at once and to the last unit: what it leaves more or less of for the others has
 * come or gone, before the guards look, where the optimum has it.
 */
function besideOrders({ held, freeMilli }: DemandRow, moves: readonly Move[]): readonly Move[] {
  const others = held.size === 0 ? moves : moves.filter(({ to }) => !held.has(to));
  const change = freeMilli - others.reduce((sum, { beforeMilli }) => sum + beforeMilli, 0);
  if (change === 0) return others;
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

function sumOf(amounts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const amount of amounts.values()) sum += amount;
  return sum;
}

interface BoundParts {
  readonly leaving: Leaving;
  readonly row: Pick<DemandRow, 'held'>;
  readonly move: Move;
  readonly isPlaced: boolean;
  readonly milli: number;
  /** More than before goes there, because nobody else may serve. */
  readonly isForced: boolean;
  /** What keeps it from the optimum where nothing else does. */
  readonly waitsFor: FlowBound;
}

function boundOf({ leaving, row, move, isPlaced, milli, isForced, waitsFor }: BoundParts): FlowBound {
  const { to, beforeMilli, targetMilli, unsafe } = move;
  if (row.held.has(to) || leaving.isDrained(to)) return 'order';
  if (leaving.isGone(to)) return 'gone';
  if (!isPlaced) return 'nobody';
  if (unsafe && milli < beforeMilli) return 'rescue';
  if (isForced) return 'forced';
  if (milli === targetMilli) return 'none';
  return waitsFor;
}

function leavingOf({ sites, orders }: ServiceInput): Leaving {
  const serving = new Set(sites);
  const drained = new Set(orders.flatMap(({ kind, site }) => (kind === 'drain' ? [site] : [])));
  return {
    isGone: (site) => !serving.has(site) || drained.has(site),
    isDrained: (site) => drained.has(site),
  };
}
