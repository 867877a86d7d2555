/** Thrown where input is refused: its lines, ready to be shown, go to standard error; exit status 1. */
import type { Problem, ResourceId } from '../domain/resource.ts';
import { resourceId } from '../domain/resource.ts';
import { compareMistakes, type Mistake, mistakeText } from '../resource/mistake.ts';
import type { Place } from '../resource/parse.ts';
import type { CliIo } from './io.ts';

export class Refusal extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'Refusal';
    this.lines = lines;
  }
}

export function refuseMistakes(mistakes: readonly Mistake[]): Refusal {
  const sorted = [...mistakes].sort(compareMistakes);
  return new Refusal([
    ...sorted.map(mistakeText),
    `${counted(mistakes.length, 'mistake')}; nothing was changed`,
  ]);
}

type Locate = (resource: ResourceId, path: string) => Place | undefined;

/** The coordinator's problems, each at its place in the user's own files. */
export function refuseProblems(problems: readonly Problem[], locate: Locate): Refusal {
  return refuseMistakes(mistakesOf(problems, locate));
}

/** What may still come, each at its place, to standard error. */
export function warn(warnings: readonly Problem[], locate: Locate, io: Pick<CliIo, 'stderr'>): void {
  for (const mistake of mistakesOf(warnings, locate).sort(compareMistakes)) {
    io.stderr(`warning: ${mistakeText(mistake)}: accepted, for it may still come\n`);
  }
}

function mistakesOf(problems: readonly Problem[], locate: Locate): Mistake[] {
  return problems.map(({ resource, path, found, expected }) => {
    const place = locate(resource, path);
    if (place !== undefined) return { ...place, path, found, expected };
    return { file: resourceId(resource), line: 0, column: 0, path, found, expected };
  });
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
