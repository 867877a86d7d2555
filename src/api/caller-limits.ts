/** What one caller may ask for at once, and in a time: so that one stolen or foolish identity leaves room for all others. */
import { type Allowance, createAllowance, type Rate } from '../domain/allowance.ts';

export interface CallerLimits {
  readonly calls: Rate;
  /** Of what is said on streams that stay; more waits. */
  readonly messages: Rate;
  readonly bytes: Rate;
  /** By method, calls at the same time; `others` all together. */
  readonly atOnce: Readonly<Record<string, number>> & { readonly others: number };
}

/**
 * An agent has one stream and says something every 2 s; one that has lost its connection unnoticed comes with a second. A person's programs
 * ask some times a second. The whole report of the largest fleet's director is 2.5 MB.
 */
export const callerLimits: CallerLimits = {
  calls: { perSecond: 50, burst: 300 },
  messages: { perSecond: 50, burst: 500 },
  bytes: { perSecond: 8 << 20, burst: 64 << 20 },
  atOnce: { 'Agents.Connect': 4, 'Admin.Watch': 64, 'Peers.Observe': 8, others: 32 },
};

export interface CallerUse {
  /** Why it is not begun; undefined: it is, and `end` is to be called once. */
  begin(method: string, nowMs: number): string | undefined;
  end(method: string): void;
  /** A message of so many bytes was read. Answers how long the next is to wait, in milliseconds. */
  heard(bytes: number, nowMs: number): number;
}

interface Use extends CallerUse {
  isIdle(nowMs: number): boolean;
}

/** Callers that are remembered; who has used nothing for a while need not be. */
const callersAtMost = 10_000;

/** By identity. */
export function createCallerUses(limits: CallerLimits): (identity: string, nowMs: number) => CallerUse {
  const uses = new Map<string, Use>();
  return (identity, nowMs) => {
    const known = uses.get(identity);
    if (known !== undefined) return known;
    if (uses.size >= callersAtMost) {
      for (const [other, use] of uses) if (use.isIdle(nowMs)) uses.delete(other);
    }
    const made = createUse(limits, nowMs);
    // Where all are busy, who is new is bounded in himself, and not remembered.
    if (uses.size < callersAtMost) uses.set(identity, made);
    return made;
  };
}

function createUse(limits: CallerLimits, startMs: number): Use {
  const running = new Map<string, number>();
  const calls = createAllowance(limits.calls, startMs);
  const messages = createAllowance(limits.messages, startMs);
  const bytes = createAllowance(limits.bytes, startMs);
  const all: readonly Allowance[] = [calls, messages, bytes];
  const classOf = (method: string): string => (Object.hasOwn(limits.atOnce, method) ? method : 'others');
  return {
    begin(method, nowMs) {
      const kind = classOf(method);
      const now = running.get(kind) ?? 0;
      const most = limits.atOnce[kind] ?? limits.atOnce.others;
      if (now >= most) return `${now} of its calls are being answered, and ${most} may be at once`;
      if (!calls.take(nowMs)) return `it calls more than ${limits.calls.perSecond} times a second`;
      running.set(kind, now + 1);
      return undefined;
    },
    end(method) {
      const kind = classOf(method);
      running.set(kind, Math.max(0, (running.get(kind) ?? 0) - 1));
    },
    heard: (size, nowMs) => Math.max(messages.use(1, nowMs), bytes.use(size, nowMs)),
    isIdle: (nowMs) =>
      [...running.values()].every((count) => count === 0) && all.every((one) => one.isFull(nowMs)),
  };
}
