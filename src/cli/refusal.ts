/** Thrown where input is refused: its lines, ready to be shown, go to standard error; exit status 1. */
import type { Problem, ResourceId } from '../domain/resource.ts';
import { resourceId } from '../domain/resource.ts';
import { compareMistakes, type Mistake, mistakeText } from '../resource/mistake.ts';
import type { Place } from '../resource/parse.ts';

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

/** The coordinator's problems, each at its place in the user's own files. */
export function refuseProblems(
  problems: readonly Problem[],
  locate: (resource: ResourceId, path: string) => Place | undefined,
): Refusal {
  return refuseMistakes(
    problems.map(({ resource, path, found, expected }) => {
      const place = locate(resource, path);
      if (place !== undefined) return { ...place, path, found, expected };
      return { file: resourceId(resource), line: 0, column: 0, path, found, expected };
    }),
  );
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
