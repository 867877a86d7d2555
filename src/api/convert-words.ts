/** How a message's words are taken in: a value outside its list is a mistake with a path, never a silent default. */
import { CausewayError } from '../domain/error.ts';

export interface WordProblem {
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

export interface WordReader {
  readonly problems: readonly WordProblem[];
  /** The value as one of the allowed; else a problem is noted and the first stands in, for a result nobody may use. */
  word<T extends string>(path: string, value: string, allowed: readonly [T, ...T[]]): T;
  /** The part of a message that must be there. */
  part<T>(path: string, value: T | null | undefined, standIn: T, expected: string): T;
  /** Throws `invalid`, naming the first problem, if there is one. */
  refuseProblems(operation: string, subject?: string): void;
}

export function createWordReader(): WordReader {
  const problems: WordProblem[] = [];
  return {
    problems,
    word(path, value, allowed) {
      const known = allowed.find((word) => word === value);
      if (known !== undefined) return known;
      problems.push({ path, found: JSON.stringify(value), expected: `one of ${allowed.join(', ')}` });
      return allowed[0];
    },
    part(path, value, standIn, expected) {
      if (value !== null && value !== undefined) return value;
      problems.push({ path, found: 'nothing', expected });
      return standIn;
    },
    refuseProblems(operation, subject) {
      const [problem] = problems;
      if (problem === undefined) return;
      throw new CausewayError({
        code: 'invalid',
        operation,
        ...(subject === undefined ? {} : { subject }),
        message: `${problem.path}: found ${problem.found}, expected ${problem.expected}`,
      });
    },
  };
}

/** Numbers of the wire are unsigned and whole; measured ones are rounded on the way out. */
export function unsigned(value: number): number {
  return Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
}
