/** `causeway diff`: what differs between what was declared after two revisions of the history, or now. */
import { Command } from 'commander';
import { revisionNamed } from './change-terms.ts';
import { changeData, differenceText } from './difference-text.ts';
import type { CliIo } from './io.ts';
import { openSession } from './session.ts';

export function diffCommand(io: CliIo): Command {
  return new Command('diff')
    .description('show what differs between two revisions of the history')
    .argument('<A>', 'number of a revision (0: before the first), or now')
    .argument('[B]', 'as A', 'now')
    .addHelpText(
      'after',
      '\nA revision stands for all that was declared after it: what revision 12 did is shown by diff 11 12.\n' +
        '\nExample:\n  causeway history && causeway diff 11 12 && causeway diff 11 now',
    )
    .action(async (a: string, b: string, _options: unknown, command: Command) => {
      const session = openSession(command, io);
      const [from, to] = [endNamed(a), endNamed(b)];
      const changes = await session.withAdmin((admin) => admin.difference(from, to));
      session.print({
        table: () => (changes.length === 0 ? 'No difference.\n' : differenceText(changes)),
        data: () => ({ from: from ?? 'now', to: to ?? 'now', changes: changes.map(changeData) }),
      });
    });
}

function endNamed(text: string): number | undefined {
  return text === 'now' ? undefined : revisionNamed(text, 'diff');
}
