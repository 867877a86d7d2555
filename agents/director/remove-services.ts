/** How the IPVS services that a director's agent made are removed: those of its VIPs, and those of its probes. */
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import type { Ledger } from '../../src/kernel/ledger.ts';
import { ownsService } from '../../src/plan/director-table.ts';
import { diffIpvs } from '../../src/plan/ipvs-diff.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';
import type { Removal } from '../shared/cleanup.ts';

/** VIPs of which something is left stay in the ledger. */
export async function removeServices(ipvs: Ipvs, ledger: Ledger): Promise<Removal> {
  const vips = ledger.ownedVips();
  const owned = new Set(vips);
  const operations = diffIpvs([], await ipvs.read(), (key) => ownsService(key, owned));
  const failures = await ipvs.apply(operations);
  if (failures.length === 0) await ledger.disownVips(vips);
  return {
    operations: operations.length,
    failures: failures.map(({ operation, error }) => ({ what: describeIpvsOperation(operation), error })),
  };
}
