/** What a director found out and must act on or tell. Durations in ms. */
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { AgentPresence, KnockState, PathState } from '../../src/domain/report.ts';
import type { ServicePort } from '../../src/domain/resource.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { touchedServices } from '../../src/plan/touched.ts';

export type Transition =
  | {
      readonly kind: 'path';
      readonly realServer: string;
      readonly from: PathState;
      readonly to: PathState;
      /** How long the state before held. */
      readonly heldMs: number;
      /** Since the last sign of life, as far as this director was awake; 0 where one has just come. */
      readonly silenceMs: number;
      /** Where knocks do not work, silence had to last five times as long. */
      readonly knock: KnockState;
    }
  /** The ways to some of its VIPs alone: that to the real server as a whole is as it was. */
  | {
      readonly kind: 'vip';
      readonly realServer: string;
      readonly vips: readonly string[];
      readonly to: PathState;
    }
  | {
      readonly kind: 'application';
      readonly realServer: string;
      readonly service: string;
      readonly vip: string;
      /** Those of which the same has been found out. */
      readonly ports: readonly ServicePort[];
      readonly from: AppVerdict;
      readonly to: AppVerdict;
      readonly heldMs: number;
    }
  | {
      readonly kind: 'agent';
      readonly realServer: string;
      readonly from: AgentPresence;
      readonly to: AgentPresence;
    }
  /** `reason`: why this director suspects itself; empty: it does no more. */
  | { readonly kind: 'held'; readonly reason: string };

/** Virtual services of this snapshot; undefined: any may be concerned. */
export function touchedBy(
  snapshot: DirectorSnapshot | undefined,
  transition: Transition,
): readonly string[] | undefined {
  if (snapshot === undefined || transition.kind === 'held') return undefined;
  const { realServer } = transition;
  const ends = transition.kind === 'application' ? { ends: transition } : {};
  return touchedServices(snapshot, { realServer, ...ends });
}
