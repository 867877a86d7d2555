/** What flows are planned from, and what a plan of flows says. */
import type { SiteFlow } from '../../domain/flows.ts';
import type { LatencyEntry } from '../../domain/report.ts';

/** Asked for pair by pair: of very many sites, few have anything to do with each other. */
export interface Paths {
  between(from: string, to: string): LatencyEntry | undefined;
}

export interface FlowPlanInput {
  /** Between any two sites; where there is none nothing may flow, but to the own site. */
  readonly paths: Paths;
  readonly pools: readonly PoolInput[];
  /** Between two ticks only what can't wait moves, or ten points a tick would be ten points an event. Absent: true. */
  readonly isTick?: boolean;
}

/** Services that share real servers: one problem. */
export interface PoolInput {
  readonly services: readonly ServiceInput[];
  readonly sites: readonly SiteInput[];
}

export interface SiteInput {
  readonly site: string;
  /** Ĉ as far as it is trusted, thousandths of a concurrent connection: an integer. */
  readonly capacityMilli: number;
  /** Whether more may be sent there than now; not where what is known of it is too old. */
  readonly inflowMayGrow: boolean;
}

export interface ServiceInput {
  readonly name: string;
  /** Sites with a real server that may carry it now; what goes to another leaves at once. */
  readonly sites: readonly string[];
  /** Of each site whose directors claim it; thousandths of a concurrent connection. */
  readonly demands: readonly SiteDemand[];
  /** The flows in force; undefined before the first plan. */
  readonly before: readonly SiteFlow[] | undefined;
  /** Of operators, at most one a site. */
  readonly orders: readonly SiteOrder[];
  /** How many ticks of late were leaps, as the plan before says. */
  readonly leaps: number;
}

export interface SiteDemand {
  readonly site: string;
  readonly milli: number;
  /** Sites that it can be sent to at all; absent: every one. */
  readonly reach?: readonly string[];
}

export type SiteOrder =
  /** As much of each site's demand as now. */
  | { readonly kind: 'freeze'; readonly site: string }
  | { readonly kind: 'drain'; readonly site: string }
  /** Of each site's demand. */
  | { readonly kind: 'pin'; readonly site: string; readonly permille: number }
  /** Of all services of the pool together. */
  | { readonly kind: 'cap'; readonly site: string; readonly milli: number }
  | { readonly kind: 'bias'; readonly site: string; readonly biasUs: number };

export interface FlowPlan {
  /** By name. */
  readonly services: readonly ServicePlan[];
  /** A pool's sites, as the flows in force from now on load them; by site. */
  readonly pools: readonly (readonly SitePlan[])[];
}

export interface ServicePlan {
  readonly name: string;
  /** For every site with demand and every site that serves or served; by from and to. */
  readonly flows: readonly PlannedFlow[];
  /** Those of them that carry something now, did, or should; the others, nearly all, are made when `flows` is read. */
  readonly touched: readonly PlannedFlow[];
  /** Why the whole plan waits, for people. */
  readonly refusal: string | undefined;
  /** For the next plan's input. */
  readonly leaps: number;
}

/**
 * Why a flow is not what the optimum says, or is it whatever the guards say: nothing; ten points a tick; it waits for the tick; less
 * than four points wait; the plan is a leap; the site is too full and is left at once; too little is known of the site but nobody else may serve; an operator's
 * order; the site may not serve any more; nobody may serve.
 */
export type FlowBound =
  | 'none'
  | 'step'
  | 'tick'
  | 'small'
  | 'leap'
  | 'rescue'
  | 'forced'
  | 'order'
  | 'gone'
  | 'nobody';

export interface PlannedFlow extends SiteFlow {
  /** In force from now on is `milli`; before, at today's demand; and by the optimum. */
  readonly beforeMilli: number;
  readonly targetMilli: number;
  /** What the way costs, with an operator's bias, µs. */
  readonly costUs: number;
  /** How much dearer than the cheapest it is for one more connection, µs; 0 where the optimum uses it. */
  readonly tooExpensiveUs: number;
  readonly bound: FlowBound;
}

export interface SitePlan {
  readonly site: string;
  readonly capacityMilli: number;
  readonly loadMilli: number;
  /** By the optimum. */
  readonly targetMilli: number;
  /** Of the next connection, by the optimum, µs. */
  readonly priceUs: number;
}
