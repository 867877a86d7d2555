/** Options that more than one command has. */
import { Option } from 'commander';

/** `-f FILE`, any number of them. */
export function fileOption(): Option {
  return new Option(
    '-f, --file <FILE>',
    'resource file, directory of them, or - for standard input; repeatable',
  ).argParser((path: string, before: string[] | undefined) => [...(before ?? []), path]);
}

/** For commands that change something. */
export function noWaitOption(): Option {
  return new Option('--no-wait', 'do not wait until every agent has applied or refused it');
}

export function strictOption(): Option {
  return new Option('--strict', 'refuse what refers to real servers that are not there yet');
}
