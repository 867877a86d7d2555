/** The resources behind `-f`: files, directories of them, standard input. */
import { messageOf } from '../domain/error.ts';
import { type ParsedResources, parseResourceFiles, type ResourceFile } from '../resource/parse.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { Refusal, refuseMistakes } from './refusal.ts';

/** All of them, checked as one set. Throws `Refusal` where a file is absent or wrong: then nothing is applied. */
export function readResources(
  paths: readonly string[],
  io: CliIo,
): Exclude<ParsedResources, { readonly mistakes: unknown }> {
  if (paths.filter((path) => path === '-').length > 1)
    throw new Misuse('-f -: standard input can be read only once');
  const parsed = parseResourceFiles(
    [...new Set(paths.flatMap((path) => filesAt(path, io)))].map((path) => read(path, io)),
    io.clock.nowMs(),
  );
  if ('mistakes' in parsed) throw refuseMistakes(parsed.mistakes);
  return parsed;
}

function filesAt(path: string, io: CliIo): string[] {
  const names = path === '-' ? undefined : io.readDirectory(path);
  if (names === undefined) return [path];
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.')).sort();
  if (files.length === 0) throw new Refusal([`${path}: found no *.yaml, *.yml or *.json in this directory`]);
  return files.map((name) => `${path.replace(/\/+$/, '')}/${name}`);
}

function read(path: string, io: CliIo): ResourceFile {
  try {
    return { file: path, text: io.readFile(path) };
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new Refusal([absent ? `${path}: no such file` : `${path}: cannot be read (${messageOf(error)})`]);
  }
}
