/** Which probe slot a new real server gets: one whose source port no director's IPVS still remembers. */
import { probeSlotLimit } from '../../domain/probe.ts';
import { slotPrefix } from '../../store/keys.ts';

/** What is known of all slots, kept as their records come and go: a whole fleet may register one after the other. */
export interface ProbeSlots {
  /** A record, or one that can't be read: it may be somebody's. Keys that are no slot's are passed over. */
  put(key: string, owner: string | undefined, modRevision: number): void;
  remove(key: string): void;
  /**
   * The one that is this owner's already (its member's record was lost), else the lowest never used, else the one given back longest
   * ago (its record's revision tells), else undefined. UDP entries of the old owner's probes live on in the kernel for a while: hence
   * not the lowest free one.
   */
  choose(owner: string): number | undefined;
}

export function createProbeSlots(): ProbeSlots {
  const owners = new Map<string, number>();
  const slots = new Map<number, { readonly owner: string | undefined; readonly modRevision: number }>();
  /** None below it is unused. */
  let lowest = 1;

  function forget(slot: number): void {
    const owner = slots.get(slot)?.owner;
    if (owner !== undefined && owners.get(owner) === slot) owners.delete(owner);
    slots.delete(slot);
  }

  function unused(): number | undefined {
    while (slots.has(lowest)) lowest += 1;
    return lowest <= probeSlotLimit ? lowest : undefined;
  }

  function longestFree(): number | undefined {
    let found: { slot: number; modRevision: number } | undefined;
    for (const [slot, { owner, modRevision }] of slots)
      if (owner === '' && modRevision < (found?.modRevision ?? Number.POSITIVE_INFINITY))
        found = { slot, modRevision };
    return found?.slot;
  }

  return {
    put(key, owner, modRevision) {
      if (!key.startsWith(slotPrefix)) return;
      const slot = Number(key.slice(slotPrefix.length));
      forget(slot);
      slots.set(slot, { owner, modRevision });
      if (owner !== undefined && owner !== '') owners.set(owner, slot);
    },
    remove(key) {
      if (!key.startsWith(slotPrefix)) return;
      const slot = Number(key.slice(slotPrefix.length));
      forget(slot);
      lowest = Math.min(lowest, slot);
    },
    choose: (owner) => owners.get(owner) ?? unused() ?? longestFree(),
  };
}
