/** A change that several hosts must make one after the other, so that a packet finds the old way until the new one is there. */
import type { Service, Site } from './resource.ts';

export interface Handover {
  readonly kind: 'Site' | 'Service';
  readonly name: string;
  /** As it was declared before, oldest first: any of it may still be in use somewhere. */
  readonly before: readonly (Site | Service)[];
  /** Which of `before`, by index, every real server had: these may still serve; the others are for running connections alone. */
  readonly live: readonly number[];
  /** Real servers that are known to have the present declaration. */
  readonly ready: readonly string[];
  /** All had it: directors use the present one, and the old one goes once all of them have said so. */
  readonly isReady: boolean;
  /** When they all had it, ms since the epoch; 0: not yet. */
  readonly readyAtMs: number;
  /** Where old and new stand side by side until the new one serves: directors from which it does. */
  readonly changedOver: readonly ChangedOver[];
}

/** A director that serves what is new. */
export interface ChangedOver {
  readonly name: string;
  /** Ms since the epoch. */
  readonly sinceMs: number;
  /** It has nothing else any more. */
  readonly isAlone: boolean;
}
