/** What was planned last and how weights came to change: what explanations are made of. */
import type { World } from '../../domain/world.ts';
import type { FlowPlan } from '../flow/flow-plan.ts';
import type { WriteDecision } from '../weights/suppression.ts';
import type { FlowSituation } from './flow-input.ts';
import type { PlacedServices } from './server-weights.ts';

export interface LatestPlan {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Its overrides are those in force. */
  readonly world: World;
  readonly situation: FlowSituation;
  readonly plan: FlowPlan;
  /** From the flows in force after this plan; by service. */
  readonly placed: PlacedServices;
}

/** A weight that was changed at the directors of a site. */
export interface WeightChange {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly service: string;
  /** Of the directors. */
  readonly site: string;
  readonly realServer: string;
  /** Undefined where it had none before. */
  readonly from: number | undefined;
  readonly to: number;
  readonly decision: WriteDecision;
  /** What set it off: `tick`, or the event, for people: `fra-r2 failed`. */
  readonly cause: string;
}
