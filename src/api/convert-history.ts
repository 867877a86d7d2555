/** The history of changes between the domain and the wire. */
import { CausewayError } from '../domain/error.ts';
import { type RemovableId, removableKinds } from '../domain/resource.ts';
import {
  type ChangeTerms,
  changeOutcomes,
  type RevisionChange,
  revisionActions,
  revisionStates,
  type Touched,
  unreadable,
} from '../domain/revision.ts';
import { resourceFromWire, resourceToWire } from './convert-resource.ts';
import { createWordReader } from './convert-words.ts';
import type {
  ChangeTerms__Output as WireTerms,
  ChangeTerms as WireTermsInput,
} from './gen/causeway/v1/ChangeTerms.ts';
import type {
  HistoryResponse__Output as WireHistory,
  HistoryResponse as WireHistoryInput,
} from './gen/causeway/v1/HistoryResponse.ts';
import type { Resource__Output } from './gen/causeway/v1/Resource.ts';
import type {
  ResourceChange__Output as WireChange,
  ResourceChange as WireChangeInput,
} from './gen/causeway/v1/ResourceChange.ts';
import type { ResourceId__Output as WireId } from './gen/causeway/v1/ResourceId.ts';
import type { Revision__Output as WireRevision } from './gen/causeway/v1/Revision.ts';
import type { TouchedResource__Output as WireTouched } from './gen/causeway/v1/TouchedResource.ts';
import type { HistoryAnswer } from './handlers.ts';

export function termsToWire({ author, message, ifRevision, allowRemoval }: ChangeTerms): WireTermsInput {
  return {
    ...(author === undefined ? {} : { author }),
    ...(message === undefined ? {} : { message }),
    ...(ifRevision === undefined ? {} : { ifRevision }),
    ...(allowRemoval === undefined ? {} : { allowRemoval }),
  };
}

/** Clients older than the history say none. */
export function termsFromWire(wire: WireTerms | null): ChangeTerms {
  if (wire === null) return {};
  const { author, message, ifRevision, allowRemoval } = wire;
  return { author, message, allowRemoval, ...(ifRevision === undefined ? {} : { ifRevision }) };
}

/** Throws `invalid` for a kind that this version does not know. */
export function idFromWire({ kind, name }: WireId): RemovableId {
  const words = createWordReader();
  const known = words.word('kind', kind, ['Director', ...removableKinds]);
  words.refuseProblems('read kind');
  return { kind: known, name };
}

export function idToWire({ kind, name }: RemovableId): RemovableId {
  return { kind, name };
}

export function historyToWire({ revisions, oldest, newest }: HistoryAnswer): WireHistoryInput {
  return {
    oldest,
    newest,
    revisions: revisions.map(({ author, touched, isForced, isBeyondLimit, ...revision }) => ({
      ...revision,
      author: author.name,
      authorTold: author.isTold,
      forced: isForced,
      beyondLimit: isBeyondLimit,
      touched: touched.map(touchedToWire),
    })),
  };
}

/** Throws `invalid` for a word that this version does not know. */
export function historyFromWire({ revisions, oldest, newest }: WireHistory): HistoryAnswer {
  return { oldest, newest, revisions: revisions.map(revisionFromWire) };
}

function revisionFromWire(wire: WireRevision): HistoryAnswer['revisions'][number] {
  const words = createWordReader();
  const { number, atMs, author: name, authorTold: isTold, message, touchedCount, rolledBackTo } = wire;
  const action = words.word('action', wire.action, revisionActions);
  const state = words.word('state', wire.state, revisionStates);
  words.refuseProblems('read revision', String(number));
  return {
    ...{ number, atMs, author: { name, isTold }, action, message, state },
    ...(rolledBackTo === undefined ? {} : { rolledBackTo }),
    ...{ isForced: wire.forced, isBeyondLimit: wire.beyondLimit },
    ...{ touched: wire.touched.map(touchedFromWire), touchedCount },
  };
}

function touchedToWire({ kind, name, outcome }: Touched): { id: RemovableId; outcome: string } {
  return { id: { kind, name }, outcome };
}

function touchedFromWire({ id, outcome }: WireTouched): Touched {
  const words = createWordReader();
  const known = words.word('outcome', outcome, changeOutcomes);
  words.refuseProblems('read change');
  return { ...idFromWire(words.part('id', id, { kind: '', name: '' }, 'a resource')), outcome: known };
}

export function changeToWire(change: RevisionChange): WireChangeInput {
  const { before, after } = change;
  return {
    touched: touchedToWire(change),
    ...(before === undefined
      ? {}
      : before === unreadable
        ? { beforeUnreadable: true }
        : { before: resourceToWire(before) }),
    ...(after === undefined
      ? {}
      : after === unreadable
        ? { afterUnreadable: true }
        : { after: resourceToWire(after) }),
  };
}

/** What this version can't read it tells as such. Throws `invalid` for words that it does not know. */
export function changeFromWire(wire: WireChange): RevisionChange {
  const { touched } = wire;
  if (touched === null) {
    const message = 'it does not say which resource';
    throw new CausewayError({ code: 'invalid', operation: 'read change', message });
  }
  const before = endFromWire(wire.before, wire.beforeUnreadable);
  const after = endFromWire(wire.after, wire.afterUnreadable);
  return {
    ...touchedFromWire(touched),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function endFromWire(wire: Resource__Output | null, isUnreadable: boolean): RevisionChange['before'] {
  if (isUnreadable) return unreadable;
  if (wire === null) return undefined;
  try {
    return resourceFromWire(wire);
  } catch (error) {
    if (error instanceof CausewayError && error.code === 'invalid') return unreadable;
    throw error;
  }
}
