/** What a weight rests on at each director: how the real server was asked, and what it answered. */
import type { AgentPresence, KnockState, PathState } from '../../domain/report.ts';

/** What a director said last of one real server; times since the epoch. */
export interface DirectorWord {
  readonly director: string;
  /** Of what it said; undefined where it has said nothing. */
  readonly ageMs: number | undefined;
  readonly state: PathState;
  /** Of the state. */
  readonly sinceMs: number;
  readonly agent: AgentPresence;
  readonly absentSinceMs: number | undefined;
  readonly knock: KnockState;
  /** Why it holds; empty where it does not. */
  readonly held: string;
  /** Nobody checks the service's ports there: the way decides alone. */
  readonly unchecked?: boolean;
}

export type Ground = { readonly director: string; readonly ageMs?: number; readonly unchecked?: true } & (
  | { readonly kind: 'datagrams' }
  /** The agent is absent, the kernel there answers: the last verdict stands. */
  | { readonly kind: 'knock'; readonly absentSinceMs?: number }
  /** Up by the word of a program that does not tell how it knows. */
  | { readonly kind: 'reached' }
  /** It suspects itself, and leaves the weights as they were. */
  | { readonly kind: 'held'; readonly why: string }
  /** `knocked`: knocks prove something on this way, and were not answered either. */
  | {
      readonly kind: 'silence';
      readonly state: 'down' | 'gone';
      readonly sinceMs: number;
      readonly knocked: boolean;
    }
  /** It has no word on it: the weight stays as the kernel has it. */
  | { readonly kind: 'unjudged' }
);

export function groundOf(word: DirectorWord): Ground {
  const { director, ageMs, state, sinceMs, agent, absentSinceMs, knock, held } = word;
  const told = ageMs === undefined ? {} : { ageMs };
  const head = { director, ...told, ...(word.unchecked === true ? { unchecked: true as const } : {}) };
  if (held !== '') return { ...head, kind: 'held', why: held };
  switch (state) {
    case 'up':
      if (agent === 'present') return { ...head, kind: 'datagrams' };
      if (agent === 'unknown') return { ...head, kind: 'reached' };
      return { ...head, kind: 'knock', ...(absentSinceMs === undefined ? {} : { absentSinceMs }) };
    case 'down':
    case 'gone':
      return { ...head, kind: 'silence', state, sinceMs, knocked: knock === 'works' };
    case 'unknown':
      return { ...head, kind: 'unjudged' };
  }
}
