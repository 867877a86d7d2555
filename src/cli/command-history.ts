/** `causeway history`: who changed what, when and why. */
import { Command } from 'commander';
import type { HistoryAnswer } from '../api/handlers.ts';
import { resourceId } from '../domain/resource.ts';
import { revisionNamed } from './change-terms.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { kindsText, removableNamed } from './resource-name.ts';
import { openSession } from './session.ts';
import { table } from './table.ts';

const defaultLimit = 20;
const largestLimit = 1_000;

export function historyCommand(io: CliIo): Command {
  return new Command('history')
    .description('show who changed what, when and why: the newest revision first')
    .argument('[KIND]', `of one resource alone: ${kindsText}, or director`)
    .argument('[NAME]')
    .option('--limit <N>', `how many at most (default: ${defaultLimit})`)
    .addHelpText(
      'after',
      '\nExample:\n  causeway history service web --limit 5\n  causeway diff 41 42 && causeway rollback 41 --dry-run',
    )
    .action(
      async (
        kind: string | undefined,
        name: string | undefined,
        options: { limit?: string },
        command: Command,
      ) => {
        const session = openSession(command, io);
        if (kind !== undefined && name === undefined)
          throw new Misuse('name the resource: KIND and NAME, or neither for all');
        const of =
          kind === undefined || name === undefined ? undefined : { kind: removableNamed(kind), name };
        const limit = limitOf(options.limit);
        const answer = await session.withAdmin((admin) => admin.history({ limit, of }));
        session.print({ table: () => historyText(answer), data: () => historyData(answer) });
      },
    );
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? defaultLimit : revisionNamed(text, '--limit');
  if (limit >= 1 && limit <= largestLimit) return limit;
  throw new Misuse(`--limit: found ${limit}, expected a number from 1 to ${largestLimit}`);
}

type Told = HistoryAnswer['revisions'][number];

function historyText({ revisions, oldest }: HistoryAnswer): string {
  if (revisions.length === 0) return 'Nothing has been changed yet, as far as the history goes back.\n';
  const rows = revisions.map((one) => [
    String(one.number),
    timeText(one.atMs),
    `${one.author.name}${one.author.isTold ? ' (told)' : ''}`,
    actionText(one),
    touchedText(one),
    one.message,
  ]);
  const text = table(['revision', 'time', 'author', 'action', 'changes', 'message'], rows);
  const isAtItsBegin = oldest > 1 && revisions.some(({ number }) => number === oldest);
  return isAtItsBegin ? `${text}\nRevisions before ${oldest} are no longer kept.\n` : text;
}

function actionText(revision: Told): string {
  const { action, rolledBackTo, isForced, isBeyondLimit, state } = revision;
  return [
    rolledBackTo === undefined ? action : `${action} to ${rolledBackTo}`,
    ...(isForced ? ['--force'] : []),
    ...(isBeyondLimit ? ['--allow-removal'] : []),
    ...(state === 'done' ? [] : [`(${state})`]),
  ].join(' ');
}

const mostTouched = 3;

function touchedText({ touched, touchedCount }: Told): string {
  const names = touched.slice(0, mostTouched).map((one) => `${resourceId(one)} ${one.outcome}`);
  const more = touchedCount - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Seconds are enough for people. */
function timeText(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

function historyData({ revisions, oldest, newest }: HistoryAnswer): unknown {
  return {
    ...{ oldest, newest },
    revisions: revisions.map(({ number, atMs, author, isForced, isBeyondLimit, touched, ...rest }) => ({
      ...{ revision: number, time: new Date(atMs).toISOString() },
      ...{ author: author.name, authorTold: author.isTold },
      ...rest,
      ...{ force: isForced, allowRemoval: isBeyondLimit },
      touched: touched.map(({ kind, name, outcome }) => ({ kind, name, outcome })),
    })),
  };
}
