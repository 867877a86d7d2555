/** Makes this network namespace a director or a real server, as an agent would by the same operations, and ends. Its argument: a file of orders. */
import { readFileSync } from 'node:fs';
import { messageOf } from '../../../src/domain/error.ts';
import { emptyHostState, type HostState } from '../../../src/domain/host-state.ts';
import type { IpvsOperation } from '../../../src/domain/ipvs-table.ts';
import { createHost } from '../../../src/kernel/host.ts';
import { applyHostOperations } from '../../../src/kernel/host-apply.ts';
import { createIpvs } from '../../../src/kernel/ipvs/ipvs.ts';
import { openLedger } from '../../../src/kernel/ledger.ts';
import { diffHost } from '../../../src/plan/host-diff.ts';

export interface Orders {
  readonly host: HostState;
  readonly ipvs: readonly IpvsOperation[];
  readonly ledger: string;
}

async function become({ host: wanted, ipvs: operations, ledger: path }: Orders): Promise<void> {
  const host = await createHost();
  const ledger = await openLedger(path);
  const [failed] = await applyHostOperations(host, ledger, diffHost(wanted, emptyHostState, ledger.made()));
  if (failed !== undefined) throw failed.error;
  if (operations.length > 0) {
    const [refused] = await (await createIpvs()).apply(operations);
    if (refused !== undefined) throw refused.error;
  }
}

try {
  await become(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Orders);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}
