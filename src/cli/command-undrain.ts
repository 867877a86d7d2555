/** `causeway undrain`: takes back what `causeway drain` ordered. */
import { Command } from 'commander';
import { resourceId } from '../domain/resource.ts';
import { drainName } from './command-drain.ts';
import type { CliIo } from './io.ts';
import { Refusal } from './refusal.ts';
import { openSession } from './session.ts';
import { table } from './table.ts';

export function undrainCommand(io: CliIo): Command {
  return new Command('undrain')
    .description('take back a drain before its time is over')
    .argument('<NAME>', 'of the site or real server')
    .addHelpText('after', '\nExample:\n  causeway undrain fra')
    .action(async (subject: string, _options: unknown, command: Command) => {
      const session = openSession(command, io);
      const id = { kind: 'Override', name: drainName(subject) } as const;
      await session.withAdmin(async (admin) => {
        const override = await admin.get(id);
        // Anybody may give that name to another order, in a file.
        if (override.kind !== 'Override' || override.order.kind !== 'drain') {
          throw new Refusal([`${resourceId(id)}: found another order than a drain, expected a drain`]);
        }
        await admin.remove(id);
      });
      session.print({
        table: () => table(['resource', 'outcome'], [[resourceId(id), 'deleted']]),
        data: () => ({ resources: [{ ...id, outcome: 'deleted' }] }),
      });
    });
}
