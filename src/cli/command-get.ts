/** `causeway get`: what was declared, as tables or as the files that would declare it again. */
import { Command } from 'commander';
import type { Resource } from '../domain/resource.ts';
import { documentOf } from '../resource/document.ts';
import { formatResources } from '../resource/format.ts';
import type { CliIo } from './io.ts';
import { kindNamed, kindsText } from './resource-name.ts';
import { resourceTables } from './resource-table.ts';
import { openSession } from './session.ts';

export function getCommand(io: CliIo): Command {
  return new Command('get')
    .description('show resources: all, those of one kind, or one')
    .argument('[KIND]', kindsText)
    .argument('[NAME]')
    .action(
      async (kindText: string | undefined, name: string | undefined, _options: unknown, command: Command) => {
        const session = openSession(command, io);
        const tables = (resources: readonly Resource[]) => resourceTables(resources, io.clock.nowMs());
        const kind = kindText === undefined ? undefined : kindNamed(kindText);
        if (kind !== undefined && name !== undefined) {
          const resource = await session.withAdmin((admin) => admin.get({ kind, name }));
          return session.print({
            table: () => tables([resource]),
            data: () => documentOf(resource),
            yaml: () => formatResources([resource]),
          });
        }
        const { resources } = await session.withAdmin((admin) => admin.list(kind));
        session.print({
          table: () =>
            resources.length === 0 ? `No ${kind ?? 'resource'} is declared.\n` : tables(resources),
          data: () => resources.map(documentOf),
          yaml: () => formatResources(resources),
        });
      },
    );
}
