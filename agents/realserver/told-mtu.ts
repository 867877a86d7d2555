/** What directors say gets through the tunnel to here: the least of them is what clients may be told. What one said last stands, for a director that starts anew does not know it at once. */
import type { Clock } from '../../src/domain/clock.ts';

export interface ToldMtu {
  /** Whether that is other than what this director said before. */
  told(director: string, mtuBytes: number): boolean;
  /** Of these, bytes; undefined: none has said. */
  least(directors: readonly string[]): number | undefined;
}

/** Every director measures more often; until then what held before this agent started holds for those who have not said. */
const learningMs = 900_000;

/** `before`: as it was before this agent started; undefined: nobody had said. */
export function createToldMtu(clock: Pick<Clock, 'monotonicMs'>, before: number | undefined): ToldMtu {
  let said = new Map<string, number>();
  const startedMs = clock.monotonicMs();
  return {
    told(director, mtuBytes) {
      if (said.get(director) === mtuBytes) return false;
      said.set(director, mtuBytes);
      return true;
    },
    least(directors) {
      const known = new Set(directors);
      said = new Map([...said].filter(([name]) => known.has(name)));
      const isLearning = clock.monotonicMs() - startedMs < learningMs && said.size < known.size;
      const all = [...said.values(), ...(isLearning && before !== undefined ? [before] : [])];
      return all.length === 0 ? undefined : Math.min(...all);
    },
  };
}
