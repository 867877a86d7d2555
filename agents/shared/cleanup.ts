/** How all that an agent made is removed from its host, and what is said where some of it stays. */
import { rm } from 'node:fs/promises';
import { CausewayError } from '../../src/domain/error.ts';
import { describeHostOperation } from '../../src/domain/host-state.ts';
import type { AgentRole } from '../../src/domain/role.ts';
import { cleanup } from '../../src/kernel/host-apply.ts';
import { renewedFile } from '../../src/runtime/config-tls.ts';
import type { AgentParts } from './agent.ts';

/** What was removed that the ledger has no operation for. */
export interface Removal {
  readonly operations: number;
  readonly failures: readonly { readonly what: string; readonly error: CausewayError }[];
}

type CleaningParts = Pick<AgentParts<AgentRole>, 'host' | 'ledger' | 'file' | 'log'> & {
  readonly config: { readonly stateDir: string };
};

/** What a clean-up would do, where nothing is to be changed. `before`: what it would do first. */
export function tellCleanUp(
  { host, ledger, log }: Pick<CleaningParts, 'host' | 'ledger' | 'log'>,
  before: readonly string[] = [],
): void {
  const operations = [...before, ...ledger.undoOperations().map(describeHostOperation)];
  log.info({ operations, count: operations.length }, 'observe: would be done to clean up');
  host.close();
}

/** What can't be undone stays in the ledger and is the error; run again, it continues. Nothing else is done with `host` after. */
export async function cleanUp(
  { config, host, ledger, file, log }: CleaningParts,
  removed: Removal = { operations: 0, failures: [] },
): Promise<void> {
  const operations = removed.operations + ledger.undoOperations().length;
  const left = await cleanup(host, ledger);
  const [first, ...others] = [
    ...removed.failures,
    ...left.map(({ operation, error }) => ({ what: describeHostOperation(operation), error })),
  ];
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    throw new CausewayError({
      code: first.error.code,
      operation: 'clean up',
      subject: first.what,
      message: `${first.error.message}${more}; run it again to continue`,
      cause: first.error,
    });
  }
  await file.remove();
  await rm(renewedFile(config.stateDir), { force: true });
  log.info({ operations }, 'host cleaned up');
  host.close();
}
