/** `causeway whatif`: where demand would go if something changed. Changes nothing. */
import { Command, Option } from 'commander';
import type { CliIo } from './io.ts';
import { openSession } from './session.ts';
import { changesOf, type WhatIfOptions } from './what-if-options.ts';
import { whatIfPage } from './what-if-page.ts';

export function whatIfCommand(io: CliIo): Command {
  return new Command('whatif')
    .description('show where demand would go if something changed; change nothing')
    .addOption(repeatable('--site <SITE=down>', 'its real servers fail; its clients go on'))
    .addOption(repeatable('--rtt <SITE:SITE=TIME>', 'the round trip between them: fra:lon=120ms'))
    .addOption(repeatable('--capacity <SITE=CHANGE>', 'of all its real servers: nyc=-50%'))
    .addOption(repeatable('--demand <SITE=CHANGE>', 'of its clients: fra=+20%'))
    .addOption(repeatable('--drain <NAME>', 'a site or a real server'))
    .option('--service <NAME>', 'show this one alone')
    .addHelpText(
      'after',
      '\nAll of these may be given several times and together.\n\nExample:\n  causeway whatif --site lon=down --demand fra=+20%',
    )
    .action(async (options: WhatIfOptions & { readonly service?: string }, command: Command) => {
      const session = openSession(command, io);
      const changes = changesOf(options);
      const answer = await session.withAdmin((admin) => admin.whatIf(changes, options.service));
      session.print({ table: () => whatIfPage(answer), data: () => answer });
    });
}

function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: string[] | undefined) => [
    ...(before ?? []),
    text,
  ]);
}
