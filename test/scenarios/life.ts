/** One life of an agent, which can end between any two things that it does: what it does after that is not done, and never answered. */
import type { Clock } from '../../src/domain/clock.ts';

export interface Life {
  /** To be awaited before whatever the outside would see. Never ends once this life is over. */
  step(): Promise<void>;
  /** So many steps were made. */
  readonly steps: number;
  readonly isOver: boolean;
  /** At once. */
  end(): void;
  clock(of: Clock): Clock;
  /** The same object, whose named methods are steps. */
  of<T extends object>(target: T, methods: readonly (keyof T)[]): T;
}

/** `lastStep`: it ends in place of the step after that. */
export function createLife(lastStep = Number.POSITIVE_INFINITY, onEnd: () => void = () => {}): Life {
  let steps = 0;
  let isOver = false;

  function end(): void {
    if (isOver) return;
    isOver = true;
    onEnd();
  }

  function step(): Promise<void> {
    if (steps >= lastStep) end();
    if (isOver) return new Promise(() => {});
    steps += 1;
    return Promise.resolve();
  }

  return {
    step,
    end,
    get steps() {
      return steps;
    },
    get isOver() {
      return isOver;
    },
    clock: (clock) => ({
      ...clock,
      after: (delayMs, run) =>
        clock.after(delayMs, () => {
          if (!isOver) run();
        }),
    }),
    of: (target, methods) =>
      new Proxy(target, {
        get(inner, name) {
          const value: unknown = Reflect.get(inner, name);
          if (typeof value !== 'function' || !methods.some((method) => method === name)) return value;
          return (...args: readonly unknown[]) => step().then(() => Reflect.apply(value, inner, args));
        },
      }),
  };
}
