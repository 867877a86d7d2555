/** Options that more than one command has. */
import { Option } from 'commander';

/** `-f FILE`, any number of them. */
export function fileOption(): Option {
  return new Option(
    '-f, --file <FILE>',
    'resource file, directory of them, or - for standard input; repeatable',
  ).argParser((path: string, before: string[] | undefined) => [...(before ?? []), path]);
}
