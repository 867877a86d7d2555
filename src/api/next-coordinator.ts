/** Which coordinator an agent tries next, and when: those that it was told of at home, those that others named, and where it was sent. */
import { backoffMs } from '../domain/backoff.ts';
import { Elsewhere } from '../domain/elsewhere.ts';
import type { CausewayError } from '../domain/error.ts';

export interface NextCoordinator {
  /** `host:port` of the one to try now. */
  address(): string;
  /** All that it knows, that one first. */
  all(): readonly string[];
  /** The one tried has accepted. */
  accepted(): void;
  /** All that there are, by the word of one of them. */
  named(coordinators: readonly string[]): void;
  /** The attempt, or the connection, is over. How long to wait, ms. `isSteady`: it had lived for long. */
  ended(why: CausewayError, isSteady: boolean): number;
}

const backoff = { initialMs: 100, maxMs: 5_000 };
/** Of what others name; what the configuration names is always tried. */
const namedAtMost = 64;
/** Two coordinators that send an agent to each other have no news of the present: they are given time. */
const sentOnAtMost = 3;
/** Many that are sent on at once do not come at once. */
const spreadMs = 200;
/** Nor do those whose coordinator has gone: a thousand agents of a site are a thousand handshakes. */
const lostSpreadMs = 1_000;

export function createNextCoordinator(configured: readonly string[], random: () => number): NextCoordinator {
  let index = 0;
  let failures = 0;
  let sentOn = 0;
  let named: readonly string[] = [];
  let sentTo: string | undefined;

  function learn(coordinators: readonly string[]): void {
    if (coordinators.length === 0) return;
    named = coordinators.filter((one) => !configured.includes(one)).slice(0, namedAtMost);
  }

  const all = (): readonly string[] => [...configured, ...named];

  function address(): string {
    const list = all();
    return sentTo ?? list[index % list.length] ?? '';
  }

  /** Another than the one that was left, where there is another. */
  function goOn(left: string): void {
    index += 1;
    if (address() === left) index += 1;
  }

  return {
    address,
    all: () => [...new Set([address(), ...all()])],
    accepted() {
      sentOn = 0;
    },
    named: learn,
    ended(why, isSteady) {
      const [before, left] = [sentTo, address()];
      sentTo = undefined;
      if (why instanceof Elsewhere) {
        const { address, retryAfterMs, coordinators } = why.place;
        learn(coordinators);
        const waitMs = retryAfterMs * (1 + random());
        if (address !== undefined && sentOn < sentOnAtMost) {
          sentOn += 1;
          sentTo = address;
          return Math.round(waitMs + spreadMs * random());
        }
        sentOn = 0;
        failures = isSteady ? 1 : failures + 1;
        goOn(left);
        return Math.round(Math.max(waitMs, backoffMs(failures, backoff, random)));
      }
      failures = isSteady ? 1 : failures + 1;
      // Whoever sent it on is not to blame: the list goes on where it was.
      if (before === undefined) index += 1;
      if (isSteady) return Math.round(lostSpreadMs * random());
      return backoffMs(failures, backoff, random);
    },
  };
}
