/** Whether somebody else on the host keeps undoing what an agent does: two programs that manage one thing pull at it for ever. */
import type { Clock } from '../../src/domain/clock.ts';
import { describeHostOperation, type HostOperation } from '../../src/domain/host-state.ts';
import { objectKey } from '../../src/kernel/ledger-entries.ts';

export interface Tug {
  /** These were done, in one go, and a reading has shown it. */
  done(operations: readonly HostOperation[]): void;
  /** Undefined: nothing had to be done again and again. */
  trouble(): string | undefined;
}

/** So often within so long is no accident. */
const often = 3;
const windowMs = 60_000;
/** Objects that are remembered at most: what a single run does anew is rarely more than the VIPs. */
const remembered = 10_000;

interface Made {
  readonly text: string;
  readonly wanted: string;
  readonly atMs: readonly number[];
}

export function createTug(clock: Pick<Clock, 'monotonicMs'>): Tug {
  const made = new Map<string, Made>();

  function recent(atMs: readonly number[]): readonly number[] {
    return atMs.filter((at) => clock.monotonicMs() - at < windowMs);
  }

  return {
    done(operations) {
      for (const [key, { text, wanted, atMs }] of made) {
        const still = recent(atMs);
        if (still.length === 0) made.delete(key);
        else made.set(key, { text, wanted, atMs: still });
      }
      for (const operation of operations) {
        const key = objectKey(operation);
        // What we took away ourselves is rightly made again.
        if (operation.kind.startsWith('delete-')) made.delete(key);
        else if (made.size < remembered) {
          const wanted = JSON.stringify(operation.kind === 'set-sysctl' ? operation.sysctl : operation);
          const known = made.get(key);
          // What is wanted otherwise than before was changed by ourselves.
          const before = known?.wanted === wanted ? known.atMs : [];
          const atMs = [...before, clock.monotonicMs()].slice(-often);
          made.set(key, { text: describeHostOperation(operation), wanted, atMs });
        }
      }
    },
    trouble() {
      const undone = [...made.values()].filter(({ atMs }) => recent(atMs).length >= often);
      const [first] = undone;
      if (first === undefined) return undefined;
      const more = undone.length === 1 ? '' : ` (and ${undone.length - 1} more)`;
      return (
        `somebody on this host keeps undoing what Causeway needs: "${first.text}"${more} had to be done ${often} times within a minute; ` +
        'find who manages that (NetworkManager, systemd-networkd, a cloud agent, a firewall), and have it leave this alone'
      );
    },
  };
}
