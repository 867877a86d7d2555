/** Which probe slot a new real server gets: one whose source port no director's IPVS still remembers. */
import { probeSlotLimit } from '../domain/probe.ts';
import { slotKey } from '../store/keys.ts';
import type { Known } from './store-view.ts';

/**
 * The lowest slot never used, else the one given back longest ago (its record's revision tells), else undefined.
 * UDP entries of the old owner's probes live on in the kernel for a while: hence not the lowest free one.
 */
export function chooseProbeSlot(
  slot: (key: string) => Known<{ readonly owner: string }> | undefined,
): number | undefined {
  let oldest: { slot: number; modRevision: number } | undefined;
  for (let candidate = 1; candidate <= probeSlotLimit; candidate++) {
    const known = slot(slotKey(candidate));
    if (known === undefined) return candidate;
    if (known.value.owner !== '') continue;
    if (oldest === undefined || known.modRevision < oldest.modRevision) {
      oldest = { slot: candidate, modRevision: known.modRevision };
    }
  }
  return oldest?.slot;
}
