import { describe, expect, test } from 'vitest';
import { createNextCoordinator } from '../../src/api/next-coordinator.ts';
import { Elsewhere, type Place } from '../../src/domain/elsewhere.ts';
import { CausewayError } from '../../src/domain/error.ts';

const away = new CausewayError({ code: 'unavailable', operation: 'connect', message: 'nobody answers' });
const elsewhere = (place: Partial<Place>) =>
  new Elsewhere('connect', 'r1', 'not here', {
    address: undefined,
    retryAfterMs: 0,
    coordinators: [],
    ...place,
  });

/** What is tried one after the other, and how long is waited before. */
function tried(next: ReturnType<typeof createNextCoordinator>, ends: readonly CausewayError[]) {
  return ends.map((why) => {
    const waitMs = next.ended(why, false);
    return [next.address(), waitMs];
  });
}

describe('the next coordinator', () => {
  test('is the next of the list, later each time', () => {
    const next = createNextCoordinator(['a', 'b'], () => 1);
    expect(next.address()).toBe('a');
    expect(tried(next, [away, away, away])).toEqual([
      ['b', 100],
      ['a', 200],
      ['b', 400],
    ]);
  });

  test('is where the agent is sent, soon; from there the list goes on where it was', () => {
    const next = createNextCoordinator(['a', 'b'], () => 1);
    expect(tried(next, [elsewhere({ address: 'owner' }), away, away])).toEqual([
      ['owner', 200],
      ['a', 100],
      ['b', 200],
    ]);
  });

  test('is another than the one that does not know where to send it', () => {
    const next = createNextCoordinator(['a'], () => 1);
    next.named(['a', 'b']);
    expect(tried(next, [elsewhere({ address: 'b' }), elsewhere({})]).map(([address]) => address)).toEqual([
      'b',
      'a',
    ]);
    const alone = createNextCoordinator(['a'], () => 1);
    expect(tried(alone, [elsewhere({})]).map(([address]) => address)).toEqual(['a']);
  });

  test('is not asked before it said, and by no two at once', () => {
    const waits = [0, 0.5].map((random) =>
      createNextCoordinator(['a'], () => random).ended(elsewhere({ retryAfterMs: 1_000 }), false),
    );
    expect(waits).toEqual([1_000, 1_500]);
  });

  test('is waited for where two send an agent to each other', () => {
    const next = createNextCoordinator(['a', 'b'], () => 1);
    const [to, from] = [elsewhere({ address: 'b' }), elsewhere({ address: 'a' })];
    const rounds = [to, from, to, from].concat(to, from, to, from, to, from, to, from);
    const waits = tried(next, rounds).map(([, waitMs]) => waitMs);
    // Three times it follows at once, and then later each time.
    expect(waits).toEqual([200, 200, 200, 100, 200, 200, 200, 200, 200, 200, 200, 400]);
  });

  test('is also one that others have named, until they name others', () => {
    const next = createNextCoordinator(['a'], () => 1);
    next.named(['a', 'c']);
    expect(tried(next, [away, away]).map(([address]) => address)).toEqual(['c', 'a']);
    next.named(['d']);
    expect(tried(next, [away, away]).map(([address]) => address)).toEqual(['d', 'a']);
  });

  test('is tried within a second once a connection that had lived is lost, and by no two at once', () => {
    const waits = [0, 0.25, 1].map((random) => {
      const next = createNextCoordinator(['a'], () => random);
      tried(next, [away, away, away]);
      return next.ended(away, true);
    });
    expect(waits).toEqual([0, 250, 1_000]);
  });

  test('waits little again after that', () => {
    const next = createNextCoordinator(['a'], () => 1);
    tried(next, [away, away, away]);
    next.ended(away, true);
    expect(next.ended(away, false)).toBe(200);
  });
});
