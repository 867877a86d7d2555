/** One of several coordinators: while the one that was asked last does not answer, the others are. */
import type { AdminClient } from '../../src/api/admin-client.ts';
import { backoffMs } from '../../src/domain/backoff.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { CausewayError } from '../../src/domain/error.ts';
import { pause } from '../../src/runtime/pause.ts';

/** What of the admin API the provider uses. */
export type Admin = Pick<AdminClient, 'apply' | 'get' | 'remove' | 'history' | 'status' | 'plan' | 'close'>;

export interface Coordinators {
  /**
   * Runs it with the one at hand; where none answers, throws what the last one failed with. It may run more than once, also where an earlier run was
   * carried out and only its answer was lost.
   */
  ask<T>(run: (admin: Admin) => Promise<T>): Promise<T>;
  close(): void;
}

export interface CoordinatorsOptions {
  readonly addresses: readonly string[];
  readonly connect: (address: string) => Admin;
  readonly clock: Clock;
  readonly random: () => number;
  /** Fires when nothing is wanted any more. */
  readonly signal: AbortSignal;
}

/** A coordinator that is being restarted is back within them. */
const rounds = 3;
const backoff = { initialMs: 300, maxMs: 3_000 };

export function createCoordinators(options: CoordinatorsOptions): Coordinators {
  const { addresses, connect, clock, random, signal } = options;
  const clients = new Map<string, Admin>();
  let index = 0;

  function client(): Admin {
    const address = addresses[index % addresses.length] ?? '';
    const known = clients.get(address) ?? connect(address);
    clients.set(address, known);
    return known;
  }

  return {
    async ask(run) {
      for (let attempt = 1; ; attempt += 1) {
        const asked = index;
        try {
          return await run(client());
        } catch (error) {
          if (!mayAnswerElsewhere(error) || attempt >= rounds * addresses.length || signal.aborted)
            throw error;
          // Many ask at once: the first that fails goes on for all.
          if (index === asked) index += 1;
          const isRoundOver = attempt % addresses.length === 0;
          if (isRoundOver) await pause(clock, backoffMs(attempt / addresses.length, backoff, random), signal);
        }
      }
    },
    close() {
      for (const one of clients.values()) one.close();
    },
  };
}

function mayAnswerElsewhere(error: unknown): boolean {
  return error instanceof CausewayError && (error.code === 'unavailable' || error.code === 'deadline');
}
