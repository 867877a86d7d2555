/** `causeway delete`: takes resources back, by name or by the files that declared them. */
import { Command } from 'commander';
import type { RemovableId, RemovableKind } from '../api/handlers.ts';
import { CausewayError } from '../domain/error.ts';
import { awaitAgents } from './await-agents.ts';
import { planText } from './command-plan.ts';
import type { Admin, CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { fileOption, noWaitOption } from './options.ts';
import { readResources } from './resource-files.ts';
import { kindsText, removableNamed } from './resource-name.ts';
import { openSession, type Session } from './session.ts';
import { table } from './table.ts';

/** Services and overrides name sites, so they go first. */
const order: readonly RemovableKind[] = ['Override', 'Service', 'RealServer', 'Site', 'Settings'];

interface DeleteOptions {
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
        const byName = named(kind, name, options.file);
        const ids = byName === undefined ? idsOf(options.file ?? [], io) : [byName];
        if (options.dryRun === true) return dryRun(ids, session);
        await session.withAdmin(async (admin) => {
          const removed: (RemovableId & Removed)[] = [];
          const failure = await removeAll(admin, ids, byName === undefined, options.force === true, removed);
          // What was deleted before something failed is told too.
          if (removed.length > 0)
            session.print({
              table: () =>
                table(
                  ['resource', 'outcome'],
                  removed.map((entry) => [`${entry.kind}/${entry.name}`, entry.outcome]),
                ),
              data: () => ({ resources: removed.map(({ revision: _, ...entry }) => entry) }),
            });
          if (failure !== undefined) throw failure.error;
          const revision = Math.max(0, ...removed.map((entry) => entry.revision));
          if (options.wait && revision > 0) await awaitAgents(admin, session, revision);
        });
      },
    );
}

async function dryRun(ids: readonly RemovableId[], session: Session): Promise<void> {
  const planned = await session.withAdmin((admin) => admin.planRemoval(ids));
  session.print({ table: () => planText(planned), data: () => ({ agents: planned.agents }) });
}

async function removeAll(
  admin: Admin,
  ids: readonly RemovableId[],
  mayBeAbsent: boolean,
  force: boolean,
  removed: (RemovableId & Removed)[],
): Promise<{ readonly error: unknown } | undefined> {
  try {
    for (const id of ids) removed.push({ ...id, ...(await remove(admin, id, mayBeAbsent, force)) });
    return undefined;
  } catch (error) {
    return { error };
  }
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

interface Removed {
  readonly outcome: 'deleted' | 'absent';
  /** Of the store; 0: nothing was written. */
  readonly revision: number;
}

/** What files name may be gone already; what was typed by hand must be there. */
async function remove(admin: Admin, id: RemovableId, mayBeAbsent: boolean, force: boolean): Promise<Removed> {
  try {
    const { revision } = await admin.remove(id, { force });
    return { outcome: 'deleted', revision };
  } catch (error) {
    const isAbsent = error instanceof CausewayError && error.code === 'not-found';
    if (mayBeAbsent && isAbsent) return { outcome: 'absent', revision: 0 };
    throw error;
  }
}
