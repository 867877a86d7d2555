/** All that is written for a change of one resource: itself, that it was asked for, what hosts do one after the other, what goes with it. */
import { isDeepStrictEqual } from 'node:util';
import type { Member } from '../../domain/member.ts';
import type { RemovableId, Resource, ResourceId } from '../../domain/resource.ts';
import { type RevisionChange, unreadable } from '../../domain/revision.ts';
import { begunHandover, needsHandover } from '../../plan/handover-steps.ts';
import { remembered } from '../../plan/remembered.ts';
import {
  askedKey,
  deletedServiceKey,
  handoverKey,
  latencyKey,
  memberKey,
  resourceKey,
} from '../../store/keys.ts';
import { encodeRecord } from '../../store/record.ts';
import type { Write } from '../../store/store.ts';
import { askedWithForce, askedWrite } from '../view/intent.ts';
import { deregistration } from '../view/membership.ts';
import type { StoreView } from '../view/store-view.ts';

/** Deleted services that agents are still told of, so that losing them is not taken for a mistake; oldest go first. */
const tombstoneLimit = 256;

/**
 * For the change as it is decided, and as it is taken up again where it was left unfinished: of what is made already nothing is
 * written. `force`: the operator insists on it.
 */
export function changeWrites(view: StoreView, change: RevisionChange, force: boolean): readonly Write[] {
  const { outcome, after } = change;
  switch (outcome) {
    case 'created':
    case 'changed': {
      if (after === undefined || after === unreadable) return [];
      const present = view.resource(after)?.value;
      return present !== undefined && isSame(present, after) ? [] : declaration(view, after, outcome, force);
    }
    case 'deleted':
      return deletion(view, change);
    case 'deregistered':
      return removalOfMember(view, change);
    case 'insisted':
      return insistence(view, change);
  }
}

function declaration(
  view: StoreView,
  resource: Resource,
  outcome: 'created' | 'changed',
  force: boolean,
): readonly Write[] {
  const isLoss = resource.kind === 'Service' && outcome === 'changed';
  // What a service loses by a change was asked for. A new one has nothing to lose; and what force says says more.
  const asked = force ? askedWithForce([resource]) : isLoss ? [askedWrite('service', resource.name)] : [];
  return [...resourceWrites(view, resource), ...asked, ...handoverWrites(view, resource, force)];
}

function deletion(view: StoreView, { kind, name }: RemovableId): readonly Write[] {
  if (kind === 'Director') return [];
  const key = resourceKey({ kind, name });
  if (view.modRevision(key) === 0) return [];
  const own: Write = { kind: 'delete', key };
  if (kind === 'Service') return [own, ...serviceGone(view, name)];
  if (kind !== 'Site') return [own];
  const measured = view.latency().filter(({ from, to }) => from === name || to === name);
  const deleted = measured.map(({ from, to }): Write => ({ kind: 'delete', key: latencyKey(from, to) }));
  return [own, ...endedHandover(view, kind, name), ...deleted];
}

/** Agents are told that it was meant. */
function serviceGone(view: StoreView, name: string): readonly Write[] {
  return [...endedHandover(view, 'Service', name), ...forgottenIntent(view, name), ...tombstones(view, name)];
}

function removalOfMember(view: StoreView, { kind, name }: RemovableId): readonly Write[] {
  const role = kind === 'Director' ? 'director' : 'realserver';
  const member = view.member(role, name)?.value;
  if (member !== undefined) return deregistration(view, member);
  const key = memberKey(role, name);
  return view.modRevision(key) === 0 ? [] : [{ kind: 'delete', key }];
}

/** Of what stays as it is; or, of a service that is not declared any more, that this is meant. */
function insistence(view: StoreView, { kind, name }: RemovableId): readonly Write[] {
  if (kind === 'Director') return [];
  const id: ResourceId = { kind, name };
  const resource = view.resource(id)?.value;
  if (resource !== undefined) return [...askedWithForce([resource]), ...handoverWrites(view, resource, true)];
  return kind === 'Service' ? serviceGone(view, name) : [];
}

/** As it is read back; unlike in a checksum, a 0 is not the same as nothing. */
export function isSame(a: Resource, b: Resource): boolean {
  return isDeepStrictEqual(stored(a), stored(b));
}

function stored(resource: Resource): unknown {
  return JSON.parse(encodeRecord({ kind: 'resource', value: resource }));
}

function resourceWrites(view: StoreView, resource: Resource): Write[] {
  const value = encodeRecord({ kind: 'resource', value: resource });
  const put: Write = { kind: 'put', key: resourceKey(resource), value };
  const tombstone = deletedServiceKey(resource.name);
  if (resource.kind !== 'Service' || view.modRevision(tombstone) === 0) return [put];
  return [put, { kind: 'delete', key: tombstone }];
}

/**
 * Where hosts must make the change one after the other: what was before, until none of them needs it. With force nobody waits, nor goes
 * on waiting for what was changed before.
 */
function handoverWrites(view: StoreView, resource: Resource, force: boolean): Write[] {
  const key = handoverKey(resource);
  const present = view.handovers().find(({ kind, name }) => kind === resource.kind && name === resource.name);
  if (force) return present === undefined ? [] : [{ kind: 'delete', key }];
  const before = view.resource(resource)?.value;
  if (before === undefined || (before.kind !== 'Site' && before.kind !== 'Service')) return [];
  if (!needsHandover(before, resource)) return [];
  const directors = directorNames(view.members());
  if (directors.length === 0) return [];
  const value = begunHandover(present, before, directors);
  return [{ kind: 'put', key, value: encodeRecord({ kind: 'handover', value }) }];
}

const directorNames = remembered((members: readonly Member[]): readonly string[] =>
  members.filter(({ role }) => role === 'director').map(({ name }) => name),
);

/** A change that was under way has nothing to change any more. */
function endedHandover(view: StoreView, kind: 'Site' | 'Service', name: string): readonly Write[] {
  const key = handoverKey({ kind, name });
  return view.modRevision(key) === 0 ? [] : [{ kind: 'delete', key }];
}

/** What was asked for of a service is of no more use than the service. */
function forgottenIntent(view: StoreView, name: string): readonly Write[] {
  const key = askedKey({ subject: 'service', name });
  return view.modRevision(key) === 0 ? [] : [{ kind: 'delete', key }];
}

function tombstones(view: StoreView, name: string): readonly Write[] {
  const value = encodeRecord({ kind: 'deleted-service', value: { name } });
  const put: Write = { kind: 'put', key: deletedServiceKey(name), value };
  const others = view
    .deletedServices()
    .filter((other) => other !== name)
    .map(deletedServiceKey)
    .sort((a, b) => view.modRevision(b) - view.modRevision(a));
  return [put, ...others.slice(tombstoneLimit - 1).map((key): Write => ({ kind: 'delete', key }))];
}
