/** How all that a director's agent made is removed from its kernel: IPVS services of its VIPs, probe services, the rest by the ledger. */
import { CausewayError } from '../../src/domain/error.ts';
import { describeHostOperation } from '../../src/domain/host-state.ts';
import type { Host } from '../../src/kernel/host.ts';
import { cleanup } from '../../src/kernel/host-apply.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import type { Ledger } from '../../src/kernel/ledger.ts';
import { ownsService } from '../../src/plan/director-table.ts';
import { diffIpvs } from '../../src/plan/ipvs-diff.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';

/** Number of operations. What can't be undone stays in the ledger: run again, it continues. */
export async function cleanUp(ipvs: Ipvs, host: Host, ledger: Ledger): Promise<number> {
  const vips = ledger.ownedVips();
  const owned = new Set(vips);
  const operations = diffIpvs([], await ipvs.read(), (key) => ownsService(key, owned));
  const failures: { what: string; error: CausewayError }[] = [];
  for (const { operation, error } of await ipvs.apply(operations)) {
    failures.push({ what: describeIpvsOperation(operation), error });
  }
  if (failures.length === 0) await ledger.disownVips(vips);
  const count = operations.length + ledger.undoOperations().length;
  for (const { operation, error } of await cleanup(host, ledger)) {
    failures.push({ what: describeHostOperation(operation), error });
  }
  const [first] = failures;
  if (first === undefined) return count;
  const more = failures.length === 1 ? '' : ` (and ${failures.length - 1} more)`;
  throw new CausewayError({
    code: first.error.code,
    operation: 'clean up',
    subject: first.what,
    message: `${first.error.message}${more}; run it again to continue`,
    cause: first.error,
  });
}
