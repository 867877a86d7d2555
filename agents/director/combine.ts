/** How what is known of each VIP of a real server becomes one path. Pure. */
import type { PathState } from '../../src/domain/report.ts';

/**
 * A real server is up where any of its VIPs answers: its host, tunnel and way back live. Down outranks unknown, which
 * outranks gone: a VIP that is new on a dead host keeps nobody waiting, and deletes nothing.
 */
const byRank: readonly PathState[] = ['up', 'down', 'unknown', 'gone'];

export function combinePaths(states: readonly PathState[]): PathState {
  return byRank.find((state) => states.includes(state)) ?? 'unknown';
}
