/** One life of a process: it ends before or after a step that a test chooses, and does nothing from then on. */

export class Death extends Error {}

export interface Life {
  /** Does one thing that outlives the process. */
  step<T>(what: string, act: () => T): T;
  stepAsync<T>(what: string, act: () => Promise<T>): Promise<T>;
  /** What dies with the process, but must not be done by a dead one. */
  check(): void;
  /** Moments so far at which it could have ended: two a step. */
  moments(): number;
  /** What it ended at: `before rename …`. */
  end(): string | undefined;
}

/** `onEnd`: how it ends, where throwing is not enough. */
export function createLife(endsAt = Number.POSITIVE_INFINITY, onEnd: () => void = () => {}): Life {
  let moments = 0;
  let end: string | undefined;

  function pass(moment: string): void {
    if (end === undefined && moments === endsAt) {
      end = moment;
      onEnd();
    }
    check();
    moments += 1;
  }

  function check(): void {
    if (end !== undefined) throw new Death(end);
  }

  return {
    step(what, act) {
      pass(`before ${what}`);
      const result = act();
      pass(`after ${what}`);
      return result;
    },
    async stepAsync(what, act) {
      pass(`before ${what}`);
      const result = await act();
      pass(`after ${what}`);
      return result;
    },
    check,
    moments: () => moments,
    end: () => end,
  };
}
