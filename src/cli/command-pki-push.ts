/** `causeway pki push`: the CA's list of what is denied, to the coordinators. */
import { join } from 'node:path';
import { Command } from 'commander';
import { messageOf } from '../domain/error.ts';
import { deniedFile } from '../pki/authority.ts';
import { parseDenials } from '../pki/denied.ts';
import type { CliIo } from './io.ts';
import { dirOption, folderOf } from './pki-run.ts';
import { Refusal } from './refusal.ts';
import { openSession } from './session.ts';
import { table } from './table.ts';

export function pushCommand(io: CliIo): Command {
  return new Command('push')
    .description(
      'tell the coordinators what is denied: from the one that is asked all have it, and their agents',
    )
    .option('-f, --file <FILE>', `the list (default: "${deniedFile}" in the CA's folder); it holds no secret`)
    .addOption(dirOption())
    .addHelpText(
      'after',
      `
Each line of the list is signed by the CA, so that nobody can deny in its name, and can be brought by whoever is an admin. What
coordinators know already stays; nothing is taken from it before its end. Where none is reached, put the file into their tls.denied.

Example:
  causeway pki push
  causeway pki push --file denied --coordinator 10.1.0.2`,
    )
    .action(async ({ file }: { file?: string }, command: Command) => {
      const session = openSession(command, io);
      const path = file ?? join(folderOf(command, io), deniedFile);
      const given = parseDenials(read(path, io), path);
      const { outcomes, denials } = await session.withAdmin((admin) => admin.deny(given));
      const rows = denials.map(({ subject, beforeMs, endsMs, words }) => ({
        denied: subject,
        madeBefore: beforeMs === 0 ? undefined : timeText(beforeMs),
        until: timeText(endsMs),
        words,
      }));
      const count = (outcome: string): number => outcomes.filter((one) => one === outcome).length;
      session.print({
        table: () =>
          `${count('added')} added, ${count('known')} known already, ${count('over')} over.\n${
            rows.length === 0
              ? 'Nothing is denied.\n'
              : table(
                  ['denied', 'made before', 'until', 'why'],
                  rows.map((row) => [row.denied, row.madeBefore ?? '-', row.until, row.words]),
                )
          }`,
        data: () => ({
          outcomes: given.map(({ subject }, index) => ({ denied: subject, outcome: outcomes[index] })),
          denials: rows,
        }),
      });
    });
}

function read(path: string, io: CliIo): string {
  try {
    return io.readFile(path);
  } catch (error) {
    throw new Refusal([
      `${path}: ${messageOf(error)}; name the list with --file, or the CA's folder with --dir`,
    ]);
  }
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
