/**
 * What "healthy" means, for everybody who asks: of a destination (the way to one VIP of a real server, and the verdict on one port
 * there), of a service on a real server, and how old a word may be to count. Pure.
 */
import type { AppVerdict } from '../domain/probe.ts';
import type { PathState } from '../domain/report.ts';

export type Health = 'healthy' | 'unhealthy' | 'unknown';

/** Older than this, a report says nothing of the present: decisions pass it over. */
export const currentForMs = 15_000;
/**
 * A program that falls silent has left its kernel as it was: for an upgrade's time its last word is the best there is. Older words
 * are shown as old, with their age.
 */
export const lastWordForMs = 60_000;

/**
 * A destination is healthy where the way to it is up and its port is, or is not checked at all: it then rests on the way alone. A
 * lost way and a failing port each make it unhealthy; that a port fails is known though the way is not.
 */
export function destinationHealth(path: PathState, verdict: AppVerdict): Health {
  if (path === 'down' || path === 'gone' || verdict === 'unhealthy') return 'unhealthy';
  if (path === 'unknown' || verdict === 'unknown') return 'unknown';
  return 'healthy';
}

/** Of all ports of a service, at all its VIPs, on one real server: it serves while any of them does. */
export function serviceVerdict(ends: readonly AppVerdict[]): AppVerdict {
  return (
    (['healthy', 'unchecked', 'unknown'] as const).find((verdict) => ends.includes(verdict)) ??
    (ends.length === 0 ? 'unknown' : 'unhealthy')
  );
}
