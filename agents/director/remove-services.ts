/** How the IPVS services that a director's agent made are removed: those of its VIPs, and those of its probes. */
import { CausewayError } from '../../src/domain/error.ts';
import type { IpvsOperation } from '../../src/domain/ipvs-table.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import type { Ledger } from '../../src/kernel/ledger.ts';
import { ownsService } from '../../src/plan/director-table.ts';
import { diffIpvs } from '../../src/plan/ipvs-diff.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';
import type { Removal } from '../shared/cleanup.ts';

/** What would remove them. */
export async function ownServices(ipvs: Ipvs, ledger: Ledger): Promise<readonly IpvsOperation[]> {
  const owned = new Set(ledger.ownedVips());
  return diffIpvs([], await ipvs.read(), (key) => ownsService(key, owned));
}

/** Nobody must come so far as to change it: a mistake shows, and harms nobody. */
export function lookOnlyIpvs(ipvs: Ipvs): Ipvs {
  return {
    ...ipvs,
    apply: async (operations) =>
      operations.map((operation) => {
        const text = describeIpvsOperation(operation);
        const message = 'not done: this agent only observes';
        return { operation, error: new CausewayError({ code: 'internal', operation: text, message }) };
      }),
  };
}

/** VIPs of which something is left stay in the ledger. */
export async function removeServices(ipvs: Ipvs, ledger: Ledger): Promise<Removal> {
  const vips = ledger.ownedVips();
  const operations = await ownServices(ipvs, ledger);
  const failures = await ipvs.apply(operations);
  if (failures.length === 0) await ledger.disownVips(vips);
  return {
    operations: operations.length,
    failures: failures.map(({ operation, error }) => ({ what: describeIpvsOperation(operation), error })),
  };
}
