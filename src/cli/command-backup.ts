/** `causeway backup`: the coordinator's whole store as one file. */
import { Command } from 'commander';
import type { CliIo } from './io.ts';
import { Refusal } from './refusal.ts';
import { openSession } from './session.ts';

export function backupCommand(io: CliIo): Command {
  return new Command('backup')
    .description("write all that the coordinator's store holds into one file, as it is at one moment")
    .argument('<FILE>', 'it holds the key of the probes: keep it as a secret')
    .option('--force', 'overwrite the file if it is there')
    .addHelpText(
      'after',
      `
It is asked of the running coordinator: its files alone are no backup, for a part of them may still be in its memory and in the file
beside (store.db-wal), and no other program can open them meanwhile. To put it back: causeway restore FILE.`,
    )
    .action(async (file: string, options: { readonly force?: boolean }, command: Command) => {
      const session = openSession(command, io);
      if (options.force !== true && io.exists(file))
        throw new Refusal([`${file}: is there already; --force overwrites it`]);
      const text = await session.withAdmin((admin) => admin.backup());
      await io.writeFile(file, text);
      const bytes = Buffer.byteLength(text);
      session.print({
        table: () => `Backup of ${bytes} bytes written to ${file}.\n`,
        data: () => ({ file, bytes }),
      });
    });
}
