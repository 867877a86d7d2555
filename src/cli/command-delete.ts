/** `causeway delete`: takes resources back, by name or by the files that declared them. */
import { Command } from 'commander';
import type { RemovableId, RemovableKind } from '../api/handlers.ts';
import { CausewayError } from '../domain/error.ts';
import type { Admin, CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { fileOption } from './options.ts';
import { readResources } from './resource-files.ts';
import { removableNamed } from './resource-name.ts';
import { openSession } from './session.ts';
import { table } from './table.ts';

/** Services and overrides name sites, so they go first. */
const order: readonly RemovableKind[] = ['Override', 'Service', 'RealServer', 'Site'];

export function deleteCommand(io: CliIo): Command {
  return new Command('delete')
    .description('delete one resource by name, or those of files')
    .argument('[KIND]', 'site, service, realserver or override; or director, for one that is gone for good')
    .argument('[NAME]')
    .addOption(fileOption())
    .action(
      async (
        kind: string | undefined,
        name: string | undefined,
        options: { file?: string[] },
        command: Command,
      ) => {
        const session = openSession(command, io);
        const byName = named(kind, name, options.file);
        const ids = byName === undefined ? idsOf(options.file ?? [], io) : [byName];
        const removed: (RemovableId & { outcome: string })[] = [];
        const failure = await session
          .withAdmin(async (admin) => {
            for (const id of ids)
              removed.push({ ...id, outcome: await remove(admin, id, byName === undefined) });
          })
          .catch((error: unknown) => ({ error }));
        // What was deleted before something failed is told too.
        if (removed.length > 0)
          session.print({
            table: () =>
              table(
                ['resource', 'outcome'],
                removed.map((entry) => [`${entry.kind}/${entry.name}`, entry.outcome]),
              ),
            data: () => ({ resources: removed }),
          });
        if (failure !== undefined) throw failure.error;
      },
    );
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

/** What files name may be gone already; what was typed by hand must be there. */
async function remove(admin: Admin, id: RemovableId, mayBeAbsent: boolean): Promise<string> {
  try {
    await admin.remove(id);
    return 'deleted';
  } catch (error) {
    if (mayBeAbsent && error instanceof CausewayError && error.code === 'not-found') return 'absent';
    throw error;
  }
}
