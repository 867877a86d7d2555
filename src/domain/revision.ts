/** What operators changed, one revision a change: who, when, why, and what became of each resource. */
import type { RemovableId, Resource } from './resource.ts';

export const revisionActions = ['apply', 'delete', 'rollback'] as const;
export type RevisionAction = (typeof revisionActions)[number];

/**
 * `in progress`: too large for one transaction, it is being written; `abandoned`: whoever began it was gone before all of it had
 * been noted, and nothing of it was done.
 */
export const revisionStates = ['done', 'in progress', 'abandoned'] as const;
export type RevisionState = (typeof revisionStates)[number];

/** `deregistered`: a member was taken out; `insisted`: it stays as it is, and agents were told that it is meant. */
export const changeOutcomes = ['created', 'changed', 'deleted', 'deregistered', 'insisted'] as const;
export type ChangeOutcome = (typeof changeOutcomes)[number];

export interface Author {
  readonly name: string;
  /** By the client's word alone: nobody has checked it. */
  readonly isTold: boolean;
}

export interface Touched extends RemovableId {
  readonly outcome: ChangeOutcome;
}

export interface Revision {
  /** 1 and up, without gaps. */
  readonly number: number;
  /** Since the epoch, by the clock of the coordinator that took it. */
  readonly atMs: number;
  readonly author: Author;
  readonly action: RevisionAction;
  /** Why, in the author's words; may be empty. */
  readonly message: string;
  /** Of a rollback: as after which revision everything was to be. */
  readonly rolledBackTo?: number;
  /** Agents were told not to judge it. */
  readonly isForced: boolean;
  /** It removes more than the settings let a change remove, and its author said that he means it. */
  readonly isBeyondLimit: boolean;
  readonly state: RevisionState;
  readonly touched: readonly Touched[];
}

/** What stands where a resource can't be read: damaged, or of a version to come. */
export const unreadable = 'unreadable' as const;

/** With what was there before and after it; absent: nothing. */
export interface RevisionChange extends Touched {
  readonly before?: Resource | typeof unreadable;
  readonly after?: Resource | typeof unreadable;
}

/** What whoever changes something says with it. */
export interface ChangeTerms {
  /** Who it is, by his own word. */
  readonly author?: string;
  readonly message?: string;
  /** Refused where what it changes was changed by a later revision than this. */
  readonly ifRevision?: number;
  /** It may remove more than the settings say. */
  readonly allowRemoval?: boolean;
}

export const changeTermsLimits = { authorCharacters: 253, messageCharacters: 1_024 } as const;
