/** A change that several hosts must make one after the other, so that a packet finds the old way until the new one is there. */
import type { Service, Site } from './resource.ts';

export interface Handover {
  readonly kind: 'Site' | 'Service';
  readonly name: string;
  /** As it was declared before, oldest first: any of it may still be in use somewhere. */
  readonly before: readonly (Site | Service)[];
  /** Real servers that are known to have the present declaration. */
  readonly ready: readonly string[];
  /** All had it: directors use the present one alone, and the old one goes once all of them have said so. */
  readonly isReady: boolean;
  /** When they all had it, ms since the epoch; 0: not yet. */
  readonly readyAtMs: number;
}
