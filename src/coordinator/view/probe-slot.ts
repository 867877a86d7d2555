/** Which probe slot a new real server gets: one whose source port no director's IPVS still remembers. */
import { probeSlotLimit } from '../../domain/probe.ts';
import { slotKey } from '../../store/keys.ts';
import type { Known } from './store-view.ts';

/**
 * The one that is this owner's already (its member's record was lost), else the lowest never used, else the one given back longest
 * ago (its record's revision tells), else undefined. UDP entries of the old owner's probes live on in the kernel for a while: hence
 * not the lowest free one. One whose record can't be read may be somebody's.
 */
export function chooseProbeSlot(
  owner: string,
  view: {
    slot(key: string): Known<{ readonly owner: string }> | undefined;
    modRevision(key: string): number;
  },
): number | undefined {
  let unused: number | undefined;
  let oldest: { slot: number; modRevision: number } | undefined;
  for (let candidate = 1; candidate <= probeSlotLimit; candidate++) {
    const key = slotKey(candidate);
    const known = view.slot(key);
    if (known?.value.owner === owner) return candidate;
    if (known === undefined) {
      if (view.modRevision(key) === 0) unused ??= candidate;
    } else if (
      known.value.owner === '' &&
      known.modRevision < (oldest?.modRevision ?? Number.POSITIVE_INFINITY)
    )
      oldest = { slot: candidate, modRevision: known.modRevision };
  }
  return unused ?? oldest?.slot;
}
