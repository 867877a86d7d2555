/** A mistake that no single value shows, found by looking at several. */
import type { PathStep } from './mistake.ts';

export interface Incoherence {
  readonly path: readonly PathStep[];
  readonly found: string;
  readonly expected: string;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
