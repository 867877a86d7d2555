/** What a delete writes, and when it must not be done. */
import type { Asked } from '../../domain/asked.ts';
import { CausewayError } from '../../domain/error.ts';
import type { Member } from '../../domain/member.ts';
import { type RemovableId, type ResourceKind, resourceId } from '../../domain/resource.ts';
import { unreadable } from '../../domain/revision.ts';
import { type AgentRole, memberId, roles } from '../../domain/role.ts';
import type { World } from '../../domain/world.ts';
import { checkResources } from '../../plan/check-resources.ts';
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
import { deregistration } from '../view/membership.ts';
import type { StoreView } from '../view/store-view.ts';
import type { ChangeStep } from './note-change.ts';

/** Deleted services that agents are still told of, so that losing them is not taken for a mistake; oldest go first. */
const tombstoneLimit = 256;

export interface RemovalOptions {
  /** All that goes in the same change. */
  readonly ids: readonly RemovableId[];
  /** As it would be once all of that is done. */
  readonly next: World;
  isConnected(role: AgentRole, name: string): boolean;
  /** The operator insists: a site goes with its absent members; of a service that is no more declared, agents are told all the same. */
  readonly force: boolean;
}

/**
 * Throws `not-found`, or `refused` with the remedy: a site in use, an agent that is connected.
 * A real server's policy and its membership go together, but while its agent is connected only the policy.
 */
export function removal(view: StoreView, id: RemovableId, options: RemovalOptions): readonly ChangeStep[] {
  const { kind, name } = id;
  const { isConnected, force } = options;
  switch (kind) {
    case 'Site':
      return removeSite(view, name, options);
    case 'Service': {
      const further = [
        ...endedHandover(view, kind, name),
        ...forgottenIntent(view, name),
        ...tombstones(view, name),
      ];
      if (force && view.resource({ kind, name }) === undefined)
        return [{ change: { kind, name, outcome: 'insisted' }, writes: further }];
      return [removeResource(view, kind, name, further)];
    }
    case 'RealServer':
      return removeRealServer(view, name, isConnected('realserver', name));
    case 'Override':
    case 'Settings':
      return [removeResource(view, kind, name)];
    case 'Director': {
      const member = view.member('director', name)?.value;
      const key = memberKey('director', name);
      if (member === undefined && view.modRevision(key) === 0) throw notFound(kind, name);
      if (isConnected('director', name)) throw stillConnected('director', name);
      return [
        member === undefined ? deregistered(id, [{ kind: 'delete', key }]) : memberRemoved(view, member),
      ];
    }
  }
}

function removeResource(
  view: StoreView,
  kind: ResourceKind,
  name: string,
  further: readonly Write[] = [],
): ChangeStep {
  const key = resourceKey({ kind, name });
  // What is there but can't be read can be deleted all the same.
  if (view.modRevision(key) === 0) throw notFound(kind, name);
  const before = view.resource({ kind, name })?.value ?? unreadable;
  return {
    change: { kind, name, outcome: 'deleted', before },
    writes: [{ kind: 'delete', key }, ...further],
  };
}

function memberRemoved(view: StoreView, member: Member): ChangeStep {
  return deregistered(idOf(member), deregistration(view, member));
}

function idOf({ role, name }: Member): RemovableId {
  return { kind: role === 'director' ? 'Director' : 'RealServer', name };
}

function deregistered({ kind, name }: RemovableId, writes: readonly Write[]): ChangeStep {
  return { change: { kind, name, outcome: 'deregistered' }, writes };
}

/** A change that was under way has nothing to change any more. */
function endedHandover(view: StoreView, kind: 'Site' | 'Service', name: string): readonly Write[] {
  const key = handoverKey({ kind, name });
  return view.modRevision(key) === 0 ? [] : [{ kind: 'delete', key }];
}

/** Of its members, those who are present keep it; without force all are, but for those that the same change takes out. */
function removeSite(
  view: StoreView,
  name: string,
  { ids, next, isConnected, force }: RemovalOptions,
): readonly ChangeStep[] {
  const going = new Set(ids.map(resourceId));
  const goesByItself = (member: Member): boolean =>
    going.has(resourceId(idOf(member))) && !isConnected(member.role, member.name);
  const members = view.members().filter((member) => member.site === name && !goesByItself(member));
  const present = members.filter((member) => !force || isConnected(member.role, member.name));
  if (present.length > 0) {
    const ids = present.map((member) => memberId(member.role, member.name)).sort();
    throw inUse(
      name,
      `${ids.join(', ')} stand${ids.length === 1 ? 's' : ''} in it: stop and delete them first`,
    );
  }
  const [problem] = checkResources(next, [{ kind: 'Site', name }]);
  if (problem !== undefined) throw inUse(name, `expected ${problem.expected}`);
  const measured = view.latency().filter(({ from, to }) => from === name || to === name);
  // What was ordered about it goes with it: were the site declared again, nobody would expect an old drain.
  const ordered = next.overrides.filter(({ subject }) => subject.kind === 'site' && subject.name === name);
  const keys = measured.map(({ from, to }) => latencyKey(from, to));
  return [
    removeResource(view, 'Site', name, [
      ...endedHandover(view, 'Site', name),
      ...keys.map((key): Write => ({ kind: 'delete', key })),
    ]),
    ...ordered.map((override) => removeResource(view, override.kind, override.name)),
    ...members.map((member) => memberRemoved(view, member)),
  ];
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

function removeRealServer(view: StoreView, name: string, connected: boolean): readonly ChangeStep[] {
  const key = resourceKey({ kind: 'RealServer', name });
  const ownKey = memberKey('realserver', name);
  const declared = view.modRevision(key) > 0;
  const member = view.member('realserver', name)?.value;
  const registered = view.modRevision(ownKey) > 0;
  if (!declared && !registered) throw notFound('RealServer', name);
  if (!declared && connected) throw stillConnected('realserver', name);
  const policy = declared ? [removeResource(view, 'RealServer', name)] : [];
  if (!registered || connected) return policy;
  const id: RemovableId = { kind: 'RealServer', name };
  return [
    ...policy,
    member === undefined ? deregistered(id, [{ kind: 'delete', key: ownKey }]) : memberRemoved(view, member),
  ];
}

/** Throws `not-found` where there is no such thing to delete. */
export function refuseAbsent(view: StoreView, { kind, name }: RemovableId): void {
  const isDeclared = kind !== 'Director' && view.modRevision(resourceKey({ kind, name })) > 0;
  const role = kind === 'Director' ? 'director' : kind === 'RealServer' ? 'realserver' : undefined;
  const isMember = role !== undefined && view.modRevision(memberKey(role, name)) > 0;
  if (!isDeclared && !isMember) throw notFound(kind, name);
}

/** What agents are asked to let go of by the removal. */
export function askedByRemoval({ kind, name }: RemovableId): readonly Asked[] {
  switch (kind) {
    case 'Director':
      return [{ subject: 'director', name, revision: 0 }];
    case 'RealServer':
      return [{ subject: 'realServer', name, revision: 0 }];
    default:
      return [];
  }
}

export function notFound(kind: string, name: string): CausewayError {
  return new CausewayError({
    code: 'not-found',
    operation: 'find',
    subject: `${kind}/${name}`,
    message: 'there is no such resource',
  });
}

function inUse(site: string, message: string): CausewayError {
  const subject = resourceId({ kind: 'Site', name: site });
  return new CausewayError({ code: 'refused', operation: 'delete', subject, message });
}

function stillConnected(role: AgentRole, name: string): CausewayError {
  return new CausewayError({
    code: 'refused',
    operation: 'delete',
    subject: memberId(role, name),
    message: `its agent is connected and would register again: stop ${roles[role].program} on that host first`,
  });
}
