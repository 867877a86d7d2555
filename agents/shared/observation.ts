/** What an agent that only looks (`--observe`) would do on its host now, and how it says so. */
import type { Logger } from '../../src/runtime/log.ts';

export interface Observation {
  /** All that is due of that part of the host now, as text. */
  due(part: string, operations: readonly string[]): void;
  count(): number;
  /** Why a snapshot is not applied; undefined: there is nothing to be done, so it is. */
  objection(): string | undefined;
  /** For `causeway status`. */
  trouble(): string;
}

/** So many are named, of as many as there are. */
const namedOperations = 5;

export function createObservation(log: Logger): Observation {
  const parts = new Map<string, readonly string[]>();

  function count(): number {
    return [...parts.values()].reduce((sum, { length }) => sum + length, 0);
  }

  function sentence(): string {
    const all = [...parts.values()].flat();
    if (all.length === 0) return 'nothing is to be done';
    const named = all.slice(0, namedOperations).map((text) => `"${text}"`);
    const more = all.length > named.length ? `, and ${all.length - named.length} more` : '';
    return `it would do ${all.length} operations: ${named.join(', ')}${more}`;
  }

  const trouble = () => `observe: this agent changes nothing on its host (observe: true); ${sentence()}`;
  return {
    due(part, operations) {
      const before = parts.get(part) ?? [];
      parts.set(part, operations);
      const isSame = before.length === operations.length && before.every((one, at) => one === operations[at]);
      if (!isSame) log.info({ part, operations, count: operations.length }, 'observe: would be done');
    },
    count,
    objection: () => (count() === 0 ? undefined : trouble()),
    trouble,
  };
}
