/** One life of a process: it ends before or after a step that a test chooses, and does nothing from then on. */

export class Death extends Error {}

export interface Life {
  /** Does one thing that outlives the process. */
  step<T>(what: string, act: () => T): T;
  /** Moments so far at which it could have ended: two a step. */
  moments(): number;
  /** What it ended at: `before rename …`. */
  end(): string | undefined;
}

export function createLife(endsAt = Number.POSITIVE_INFINITY): Life {
  let moments = 0;
  let end: string | undefined;

  function pass(moment: string): void {
    if (end === undefined && moments === endsAt) end = moment;
    if (end !== undefined) throw new Death(end);
    moments += 1;
  }

  return {
    step(what, act) {
      pass(`before ${what}`);
      const result = act();
      pass(`after ${what}`);
      return result;
    },
    moments: () => moments,
    end: () => end,
  };
}
