/** By which key each real server is asked, and when it is asked by another. */
import type { Clock } from '../../src/domain/clock.ts';
import type { ProbeSettings } from '../../src/domain/probe.ts';
import { probeKey } from '../../src/probe/hmac.ts';
import { pairEnds, type Seal } from '../../src/probe/seal.ts';
import type { ProbeTarget } from './probe-targets.ts';

export interface SealsOptions {
  /** This director's name and DIP, as real servers are told them. */
  readonly name: string;
  readonly address: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export interface Seals {
  /** From now on these, by the keys of their snapshot. */
  watch(targets: readonly ProbeTarget[], settings: Pick<ProbeSettings, 'keyHex'>): void;
  /** Undefined: there is no key for it. */
  of(realServer: string): Seal | undefined;
}

interface Wanted {
  /** What tells it from another. */
  readonly id: string;
  readonly isPair: boolean;
  readonly make: () => Seal;
}

interface Known {
  readonly id: string;
  readonly seal: Seal;
  /** What it changes over to, and from when on. */
  readonly next: { readonly to: Wanted; readonly fromMs: number } | undefined;
}

/**
 * Where the key that all share gives way to that of a pair, the real server learns of it at the same time; it may be later. One secret
 * gives way to another only after all real servers have had time to learn of it.
 */
const learningMs = 10_000;

export function createSeals({ name, address, clock }: SealsOptions): Seals {
  let known = new Map<string, Known>();

  function wantedOf({ key, address: to }: ProbeTarget, sharedHex: string): Wanted | undefined {
    if (key === undefined) {
      const make = () => ({ key: probeKey(sharedHex), pair: undefined });
      return sharedHex === '' ? undefined : { id: sharedHex, isPair: false, make };
    }
    const { epoch, keyHex } = key;
    return {
      id: `${epoch} ${keyHex} ${to}`,
      isPair: true,
      make: () => ({
        key: probeKey(keyHex),
        pair: { epoch, director: name, ends: pairEnds(address, to) },
      }),
    };
  }

  function nextOf(before: Known | undefined, wanted: Wanted, nowMs: number): Known {
    if (before?.id === wanted.id) return { ...before, next: undefined };
    const isFirstPair = before !== undefined && before.seal.pair === undefined && wanted.isPair;
    if (!isFirstPair) return { id: wanted.id, seal: wanted.make(), next: undefined };
    return { ...before, next: { to: wanted, fromMs: before.next?.fromMs ?? nowMs + learningMs } };
  }

  return {
    watch(targets, { keyHex }) {
      const nowMs = clock.monotonicMs();
      const now = new Map<string, Known>();
      for (const target of targets) {
        const wanted = wantedOf(target, keyHex);
        if (wanted !== undefined)
          now.set(target.realServer, nextOf(known.get(target.realServer), wanted, nowMs));
      }
      known = now;
    },
    of(realServer) {
      const one = known.get(realServer);
      if (one?.next === undefined || clock.monotonicMs() < one.next.fromMs) return one?.seal;
      const { id, make } = one.next.to;
      const changed = { id, seal: make(), next: undefined };
      known.set(realServer, changed);
      return changed.seal;
    },
  };
}
