/** `causeway restore`: a backup becomes the store of a coordinator that is stopped, on this host. */
import { Command } from 'commander';
import { messageOf } from '../domain/error.ts';
import { lockStateDir } from '../runtime/state-lock.ts';
import { parseBackup } from '../store/backup.ts';
import { isOfEtcd } from '../store/mark.ts';
import { restoreStore } from '../store/restore.ts';
import type { CliIo } from './io.ts';
import { Refusal } from './refusal.ts';
import { openSession } from './session.ts';

const defaultStateDir = '/var/lib/causeway/coordinator';

export function restoreCommand(io: CliIo): Command {
  return new Command('restore')
    .description(
      'put a backup into the state directory of a stopped coordinator; the store that is there is kept beside',
    )
    .argument('<FILE>', 'as causeway backup wrote it')
    .option(
      '--state-dir <DIR>',
      `of the coordinator, on this host (default: ${defaultStateDir})`,
      defaultStateDir,
    )
    .action(async (file: string, { stateDir }: { readonly stateDir: string }, command: Command) => {
      const session = openSession(command, io);
      refuseEtcd(stateDir);
      const listing = parseBackup(read(file, io), file);
      const lock = lockStateDir(stateDir, 'causeway restore');
      try {
        const stamp = new Date(io.clock.nowMs()).toISOString().replace(/[:.]/g, '-');
        const aside = await restoreStore(stateDir, listing, stamp);
        const { revision, entries } = listing;
        const kept = aside === undefined ? '' : `; the store that was there is now ${aside}`;
        session.print({
          table: () =>
            `${entries.length} records of revision ${revision} restored into ${stateDir}${kept}. Start the coordinator.\n`,
          data: () => ({ stateDir, revision, records: entries.length, aside: aside ?? null }),
        });
      } finally {
        lock.release();
      }
    });
}

function refuseEtcd(stateDir: string): void {
  if (!isOfEtcd(stateDir)) return;
  throw new Refusal([
    `${stateDir}: the store of this coordinator is an etcd, which is restored by its own means: etcdutl snapshot restore FILE --bump-revision 1000000000 --mark-compacted on each member (docs/operating-etcd.md)`,
  ]);
}

function read(file: string, io: CliIo): string {
  try {
    return io.readFile(file);
  } catch (error) {
    throw new Refusal([`${file}: cannot be read (${messageOf(error)})`]);
  }
}
