/** Whose requests are known here, and by which key: each director's own, made of this real server's; or the one that all share. */
import { canonicalAddress, familyOf } from '../../src/domain/address.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';
import type { Asker } from '../../src/probe/datagram-head.ts';
import { probeKey } from '../../src/probe/hmac.ts';
import { pairKeyHex } from '../../src/probe/keys.ts';
import { pairEnds, type Seal } from '../../src/probe/seal.ts';

export interface AskerKeys {
  /** From now on these, by the snapshot. */
  watch(snapshot: Pick<RealServerSnapshot, 'keys' | 'directors' | 'probe'>): void;
  /** By what a request of `asker` from that address must be sealed; undefined: by nothing, as it is nobody's. */
  sealOf(asker: Asker, from: string): Seal | undefined;
}

/** A director that still asks with the shared key learns of its own at the same time as this host; it may be later. */
const learningMs = 60_000;

/** `address`: RIP, as directors are told it. */
export function createAskerKeys(address: string, clock: Pick<Clock, 'monotonicMs'>): AskerKeys {
  let keys: ReadonlyMap<number, string> = new Map();
  let directors: ReadonlyMap<string, string> = new Map();
  let shared: { readonly seal: Seal; readonly keyHex: string; readonly untilMs: number } | undefined;
  const made = new Map<string, Seal>();

  function share(keyHex: string): void {
    if (keyHex !== '') {
      if (shared?.keyHex !== keyHex || shared.untilMs !== Number.POSITIVE_INFINITY)
        shared = {
          seal: { key: probeKey(keyHex), pair: undefined },
          keyHex,
          untilMs: Number.POSITIVE_INFINITY,
        };
    } else if (shared?.untilMs === Number.POSITIVE_INFINITY)
      shared = { ...shared, untilMs: clock.monotonicMs() + learningMs };
  }

  function pairSeal(asker: { readonly director: string; readonly epoch: number }): Seal | undefined {
    const { director, epoch } = asker;
    const id = `${epoch} ${director}`;
    const known = made.get(id);
    const [own, dip] = [keys.get(epoch), directors.get(director)];
    if (known !== undefined || own === undefined || dip === undefined) return known;
    const pair = { epoch, director, ends: pairEnds(dip, address) };
    const seal = { key: probeKey(pairKeyHex(own, director)), pair };
    made.set(id, seal);
    return seal;
  }

  return {
    watch(snapshot) {
      // A coordinator of before gives none: those that directors elsewhere were given stay good.
      if (snapshot.keys !== undefined)
        keys = new Map(snapshot.keys.map(({ epoch, keyHex }) => [epoch, keyHex]));
      directors = new Map(snapshot.directors.map((one) => [one.name, one.address]));
      made.clear();
      share(snapshot.probe.keyHex);
    },
    sealOf(asker, from) {
      if (asker === undefined)
        return shared !== undefined && clock.monotonicMs() < shared.untilMs ? shared.seal : undefined;
      return comesFrom(directors.get(asker.director), from) ? pairSeal(asker) : undefined;
    },
  };
}

/** For a VIP of the other family a director asks from whatever address its kernel picks. */
function comesFrom(director: string | undefined, from: string): boolean {
  if (director === undefined) return false;
  const found = canonicalAddress(from);
  return found !== undefined && (familyOf(found) !== familyOf(director) || found === director);
}
