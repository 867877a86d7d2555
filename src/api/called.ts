/** Calls that change something, or take away all there is: what is told of each, whatever comes of it. */
import type { Caller } from '../domain/caller.ts';
import { CausewayError, type ErrorCode, messageOf } from '../domain/error.ts';
import type { Problem } from '../domain/resource.ts';
import { resourceId } from '../domain/resource.ts';
import type { ChangeTerms, RevisionChange } from '../domain/revision.ts';
import type { Asking } from './handlers.ts';

/** What its caller said with it. */
export interface Said extends ChangeTerms {
  readonly force?: boolean;
  readonly rolledBackTo?: number;
}

/** What came of it. */
export interface Made {
  readonly changes?: readonly RevisionChange[];
  /** Whose certificates are believed no more. */
  readonly denied?: readonly string[];
  /** Of the history; absent: nothing was changed. */
  readonly number?: number;
  /** Why nothing of it was done, where it was not. */
  readonly reason?: string;
}

export interface Called extends Made {
  readonly caller: Caller;
  /** `Admin.Apply`. */
  readonly method: string;
  readonly said: Said;
  /** `failed`: it may have been done in part, or all the same. */
  readonly result: 'done' | 'refused' | 'failed';
  /** Of the error; absent: none, or mistakes in what was to be applied. */
  readonly code?: ErrorCode;
}

export interface CalledOptions<I> {
  readonly method: string;
  readonly saidOf: (request: I) => Said;
  /** Never rejects. Its answer waits for it. */
  readonly onCalled: (called: Called) => Promise<void>;
}

/** The same call, told. */
export function toldCall<I, O, A extends Asking>(
  { method, saidOf, onCalled }: CalledOptions<I>,
  run: (request: I, asking: A) => Promise<{ readonly answer: O; readonly made: Made }>,
): (request: I, asking: A) => Promise<O> {
  return async (request, asking) => {
    const head = { method, caller: asking.caller, said: saidOf(request) };
    let done: { readonly answer: O; readonly made: Made };
    try {
      done = await run(request, asking);
    } catch (error) {
      const code = error instanceof CausewayError ? error.code : 'internal';
      const result = refusing.includes(code) ? 'refused' : 'failed';
      await onCalled({ ...head, result, code, reason: messageOf(error) });
      throw error;
    }
    const { answer, made } = done;
    await onCalled({ ...head, ...made, result: made.reason === undefined ? 'done' : 'refused' });
    return answer;
  };
}

/** With these nothing was done. */
const refusing: readonly ErrorCode[] = [
  'invalid',
  'not-found',
  'conflict',
  'permission',
  'unsupported',
  'refused',
];

const namedAtMost = 5;

/** Without what was found there, which may be a secret in the wrong place. */
export function problemsReason(problems: readonly Problem[]): string | undefined {
  if (problems.length === 0) return undefined;
  const named = problems
    .slice(0, namedAtMost)
    .map(({ resource, path, expected }) => `${resourceId(resource)} ${path}: expected ${expected}`);
  const more = problems.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more mistakes`] : [])].join('; ');
}
