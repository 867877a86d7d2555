/** What others on a host have changed of ours: told in the log as it is put right, counted, and kept for a while for `causeway status`. */
import type { Clock } from '../../src/domain/clock.ts';
import type { DriftName } from '../../src/domain/drift.ts';
import type { LookWindow } from '../../src/kernel/host-target.ts';
import type { Logger } from '../../src/runtime/log.ts';

export interface DriftLogOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  readonly log: Logger;
  readonly count: (name: DriftName, count: number) => void;
  /** Of agents that only look. */
  readonly observes: boolean;
}

export interface DriftLog {
  /** Each with the operation that puts it right, as text. */
  saw(drifts: readonly { readonly name: DriftName; readonly text: string }[], window: LookWindow): void;
  /** One sentence a name, for ten minutes after the last of it. */
  troubles(): string[];
}

const keptMs = 600_000;
/** A log line names so many at most. */
const namedChanges = 20;

interface Kept {
  readonly count: number;
  readonly seenMs: number;
  readonly sentence: string;
}

export function createDriftLog(options: DriftLogOptions): DriftLog {
  const { clock, log } = options;
  const kept = new Map<DriftName, Kept>();

  function expire(): void {
    for (const [name, { seenMs }] of kept) if (clock.monotonicMs() - seenMs >= keptMs) kept.delete(name);
  }

  /** As others read it. */
  function timeOf(monotonicMs: number): string {
    return new Date(clock.nowMs() - (clock.monotonicMs() - monotonicMs)).toISOString();
  }

  return {
    saw(drifts, window) {
      expire();
      for (const [name, alike] of Map.groupBy(drifts, (one) => one.name)) {
        const texts = alike.slice(0, namedChanges).map(({ text }) => text);
        const [after, seen] = [timeOf(window.afterMs), timeOf(window.seenMs)];
        const count = (kept.get(name)?.count ?? 0) + alike.length;
        const remedy = options.observes ? 'to put it right' : 'put right by';
        const sentence =
          `drift ${name}: somebody else on this host changed what is Causeway's (${count} in all, the last between ${after} and ` +
          `${seen}); ${remedy} "${texts[0]}"; find who does that`;
        options.count(name, alike.length);
        kept.set(name, { count, seenMs: window.seenMs, sentence });
        log.warn(
          { drift: name, operations: texts, count: alike.length, after, seen },
          options.observes
            ? 'somebody else changed what is ours on this host'
            : 'somebody else changed what is ours on this host; it is put right',
        );
      }
    },
    troubles() {
      expire();
      return [...kept.values()].map(({ sentence }) => sentence);
    },
  };
}
