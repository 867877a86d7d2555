/** `causeway delete`: takes resources back, by name or by the files that declared them. */
import { Command } from 'commander';
import { type RemovableId, type RemovableKind, resourceId } from '../domain/resource.ts';
import { awaitAgents } from './await-agents.ts';
import {
  allowRemovalOption,
  ifRevisionOption,
  messageOption,
  revisionData,
  revisionLine,
  type TermsOptions,
  termsOf,
} from './change-terms.ts';
import { planText } from './command-plan.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { fileOption, noWaitOption } from './options.ts';
import { readResources } from './resource-files.ts';
import { kindsText, removableNamed } from './resource-name.ts';
import { openSession, type Session } from './session.ts';
import { table } from './table.ts';

/** Services and overrides name sites, so they go first. */
const order: readonly RemovableKind[] = ['Override', 'Service', 'RealServer', 'Site', 'Settings'];

interface DeleteOptions extends TermsOptions {
  readonly file?: string[];
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly wait: boolean;
}

export function deleteCommand(io: CliIo): Command {
  return new Command('delete')
    .description('delete one resource by name, or those of files; wait until agents have let go of them')
    .argument('[KIND]', `${kindsText}; or director, for one that is gone for good`)
    .argument('[NAME]')
    .addOption(fileOption())
    .option(
      '--force',
      'agents must not refuse it as implausible, also where it is not declared any more; a site goes with its absent members',
    )
    .option('--dry-run', 'print what would go on each agent instead; write nothing')
    .addOption(allowRemovalOption())
    .addOption(ifRevisionOption())
    .addOption(messageOption())
    .addOption(noWaitOption())
    .addHelpText(
      'after',
      '\nExample:\n  causeway delete service web --dry-run && causeway delete service web',
    )
    .action(
      async (
        kind: string | undefined,
        name: string | undefined,
        options: DeleteOptions,
        command: Command,
      ) => {
        const session = openSession(command, io);
        const terms = termsOf(options, io);
        const byName = named(kind, name, options.file);
        const ids = byName === undefined ? idsOf(options.file ?? [], io) : [byName];
        if (options.dryRun === true) return dryRun(ids, session);
        await session.withAdmin(async (admin) => {
          const removed = await admin.remove(ids, {
            ...terms,
            force: options.force === true,
            // What files name may be gone already; what was typed by hand must be there.
            absentAllowed: byName === undefined,
          });
          const told = ids.map(({ kind: of, name: who }, index) => ({
            ...{ kind: of, name: who, outcome: removed.outcomes[index] ?? 'deleted' },
          }));
          session.print({
            table: () =>
              table(
                ['resource', 'outcome'],
                told.map((entry) => [resourceId(entry), entry.outcome]),
              ) + revisionLine(removed.number),
            data: () => ({ ...revisionData(removed), resources: told }),
          });
          if (options.wait && removed.number !== undefined)
            await awaitAgents(admin, session, removed.revision);
        });
      },
    );
}

async function dryRun(ids: readonly RemovableId[], session: Session): Promise<void> {
  const planned = await session.withAdmin((admin) => admin.planRemoval(ids));
  const { agents, refusal } = planned;
  session.print({
    table: () => planText(planned),
    data: () => ({ agents, ...(refusal === undefined ? {} : { refusal }) }),
  });
}

function named(
  kind: string | undefined,
  name: string | undefined,
  files: string[] | undefined,
): RemovableId | undefined {
  if (kind === undefined && files !== undefined) return undefined;
  if (kind === undefined || name === undefined || files !== undefined) {
    throw new Misuse('name what to delete: either KIND and NAME, or -f FILE');
  }
  return { kind: removableNamed(kind), name };
}

function idsOf(paths: readonly string[], io: CliIo): RemovableId[] {
  const { resources } = readResources(paths, io);
  return resources
    .map(({ kind, name }) => ({ kind, name }))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
