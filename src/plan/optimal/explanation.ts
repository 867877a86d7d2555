/** What an explanation says, as a plain value: written as JSON it is what `causeway explain --output json` prints. */
import type { Scheduler } from '../../domain/ipvs-table.ts';
import type { Override, OverrideSubject, PlacementPolicy } from '../../domain/resource.ts';
import type { Withdrawal } from '../../domain/world.ts';
import type { FlowBound } from '../flow/flow-plan.ts';
import type { WeightTerm } from '../weights/explain-terms.ts';
import type { Basis } from '../weights/shares.ts';
import type { WriteDecision } from '../weights/suppression.ts';
import type { Ground } from './grounds.ts';
import type { KnownPath } from './paths.ts';
import type { SiteCapacityChain } from './site-capacity.ts';

export type Explanation = OptimalExplanation | PolicyExplanation;

/** Amounts are thousandths of a connection, times milliseconds since the epoch, ages as of the plan. */
export interface OptimalExplanation {
  readonly policy: 'optimal';
  readonly service: string;
  /** Site of the directors. */
  readonly from: string;
  /** When the plan was made. */
  readonly atMs: number;
  readonly scheduler: Scheduler;
  /** Too little is usable from there; absent where its clients are attracted. */
  readonly withdrawal?: Withdrawal;
  readonly demand: ExplainedDemand;
  /** To every site that serves or served; by site. */
  readonly ways: readonly ExplainedWay[];
  /** All whose real servers may serve it, with what the services that share these bring; by site. */
  readonly sites: readonly ExplainedSite[];
  /** Why the service's plan waits, for people; absent where it does not. */
  readonly refusal?: string;
  /** Of sites and of the real servers below; sites first, then by name. */
  readonly orders: readonly ExplainedOrder[];
  /** Whether the weights were worth a write; absent before the first. */
  readonly decision?: WriteDecision;
  /** What was let count so that somebody carries. */
  readonly basis?: Basis;
  /** By site and name; only the one that was asked for. */
  readonly realServers: readonly ExplainedServer[];
}

export interface ExplainedDemand {
  readonly milli: number;
  /** `flows`: nobody has heard of it, so what its flows carried; `none`: nor are there any. */
  readonly source: 'measured' | 'flows' | 'none';
  /** λ, T, H, and what held it: 0.85 H, 1.2 H, or neither. */
  readonly newPerSecond?: number;
  readonly lifetimeSeconds?: number;
  readonly heldPeakMilli?: number;
  readonly bound?: 'low' | 'high' | 'none';
  readonly activeConnections?: number;
  readonly ageMs?: number;
}

export interface ExplainedWay {
  readonly to: string;
  /** In force, and of all that this site wants. */
  readonly milli: number;
  readonly sharePermille: number;
  /** Before this plan, at today's demand. */
  readonly beforeMilli: number;
  /** By the optimum. */
  readonly targetMilli: number;
  readonly cost: ExplainedCost;
  /** Beyond the cheapest, for one more connection; 0 where the optimum uses it, and where it may not. */
  readonly tooExpensiveUs: number;
  readonly bound: FlowBound;
}

/** µs; the parts add up to the total. */
export interface ExplainedCost {
  readonly totalUs: number;
  readonly p50Us: number;
  readonly jitterUs: number;
  readonly lossUs: number;
  readonly biasUs: number;
  readonly source: KnownPath['source'];
}

export interface ExplainedSite extends SiteCapacityChain {
  readonly loadMilli: number;
  readonly targetMilli: number;
  /** Load by what is planned with; absent where that is nothing. */
  readonly usedPermille?: number;
  /** Of the next connection. */
  readonly priceUs: number;
  /** Up to where it costs that, parts per hundred of the capacity; absent beyond the regular steps. */
  readonly stepPercent?: number;
}

export type OrderWords = Pick<Override, 'name' | 'order' | 'owner' | 'reason' | 'expiresAtMs'>;

export interface ExplainedOrder {
  readonly subject: OverrideSubject;
  readonly governs: OrderWords;
  /** In force too, without effect. */
  readonly hidden: readonly OrderWords[];
}

export interface ExplainedServer {
  readonly name: string;
  readonly site: string;
  readonly weight: number;
  readonly terms: readonly WeightTerm[];
  /** Computed again from the terms alone: the same. */
  readonly weightFromTerms: number;
  /** The last change that is still known. */
  readonly since?: { readonly atMs: number; readonly cause: string; readonly was?: number };
  /** By director of the site; absent where none has said anything. */
  readonly grounds?: readonly Ground[];
}

/** Of a service whose placement needs no telemetry. */
export interface PolicyExplanation {
  readonly policy: Exclude<PlacementPolicy, 'optimal'>;
  readonly service: string;
  readonly from: string;
  readonly atMs: number;
  readonly scheduler: Scheduler;
  /** Too little is usable from there; absent where its clients are attracted. */
  readonly withdrawal?: Withdrawal;
  /** Who carries first, and who where those fail. */
  readonly tiers: readonly {
    readonly tier: number;
    readonly realServers: readonly {
      readonly name: string;
      readonly site: string;
      readonly weight: number;
      /** As of an explained server; only of the one that was asked for. */
      readonly grounds?: readonly Ground[];
    }[];
  }[];
}
