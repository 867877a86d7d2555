/** `causeway explain`: why the directors of a site have their weights, or which weights changed lately. */
import { Command } from 'commander';
import type { WhyQuestion } from '../domain/question.ts';
import { parseDurationMs } from '../resource/duration.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { openSession } from './session.ts';
import { singleLine } from './table.ts';

interface ExplainOptions {
  readonly from?: string;
  readonly changedSince?: string;
}

export function explainCommand(io: CliIo): Command {
  return new Command('explain')
    .description('say why a site’s directors have their weights, or which weights changed lately')
    .argument('[SERVICE]')
    .argument('[REALSERVER]', 'all of the service unless given')
    .option('--from <SITE>', 'of the directors')
    .option('--changed-since <TIME>', 'show what changed in so long: 10m (s, m, h, d)')
    .addHelpText(
      'after',
      '\nExample:\n  causeway explain web --from lon fra-r1\n  causeway explain --changed-since 10m',
    )
    .action(
      async (
        service: string | undefined,
        realServer: string | undefined,
        options: ExplainOptions,
        command: Command,
      ) => {
        const session = openSession(command, io);
        const { from } = options;
        const changedSinceMs = sinceOf(options.changedSince, io);
        const question: WhyQuestion = { service, from, realServer, changedSinceMs };
        requireWhole(question);
        const { json, sentences } = await session.withAdmin((admin) => admin.explain(question));
        session.print({
          table: () => sentences.map((sentence) => `${singleLine(sentence)}\n`).join(''),
          data: () => JSON.parse(json),
        });
      },
    );
}

function sinceOf(text: string | undefined, io: CliIo): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDurationMs(text);
  if (ms !== undefined) return Math.max(0, io.clock.nowMs() - ms);
  throw new Misuse(
    `--changed-since: found ${JSON.stringify(text)}, expected a time with its unit, such as 10m (s, m, h, d)`,
  );
}

function requireWhole({ service, from, changedSinceMs }: WhyQuestion): void {
  if (changedSinceMs !== undefined) return;
  if (service === undefined)
    throw new Misuse('name what to explain: SERVICE --from SITE, or --changed-since TIME');
  if (from === undefined) throw new Misuse('--from: found nothing, expected the site of the directors');
}
