/** What a delete takes away, and when it must not be done. */
import type { Asked } from '../../domain/asked.ts';
import { CausewayError } from '../../domain/error.ts';
import type { Member } from '../../domain/member.ts';
import { type RemovableId, type ResourceKind, resourceId } from '../../domain/resource.ts';
import { type RevisionChange, unreadable } from '../../domain/revision.ts';
import { type AgentRole, agentRoles, memberId, roles } from '../../domain/role.ts';
import { atOnce } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import { checkResources } from '../../plan/check-resources.ts';
import { memberKey, resourceKey } from '../../store/keys.ts';
import type { StoreView } from '../view/store-view.ts';

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
export function removal(
  view: StoreView,
  id: RemovableId,
  options: RemovalOptions,
): readonly RevisionChange[] {
  const { kind, name } = id;
  const { isConnected, force } = options;
  switch (kind) {
    case 'Site':
      return removeSite(view, name, options);
    case 'Service':
      if (force && view.modRevision(resourceKey({ kind, name })) === 0)
        return [{ kind, name, outcome: 'insisted' }];
      return [removeResource(view, kind, name)];
    case 'RealServer':
      return removeRealServer(view, name, isConnected('realserver', name));
    case 'Override':
    case 'Settings':
      return [removeResource(view, kind, name)];
    case 'Director':
      if (view.modRevision(memberKey('director', name)) === 0) throw notFound(kind, name);
      if (isConnected('director', name)) throw stillConnected('director', name);
      return [{ kind, name, outcome: 'deregistered' }];
  }
}

function removeResource(view: StoreView, kind: ResourceKind, name: string): RevisionChange {
  // What is there but can't be read can be deleted all the same.
  if (view.modRevision(resourceKey({ kind, name })) === 0) throw notFound(kind, name);
  return { kind, name, outcome: 'deleted', before: view.resource({ kind, name })?.value ?? unreadable };
}

function idOf({ role, name }: Member): RemovableId {
  return { kind: roles[role].kind, name };
}

/** Of its members, those who are present keep it; without force all are, but for those that the same change takes out. */
function removeSite(
  view: StoreView,
  name: string,
  { ids, next, isConnected, force }: RemovalOptions,
): readonly RevisionChange[] {
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
  const [problem] = atOnce(checkResources(next, [{ kind: 'Site', name }]));
  if (problem !== undefined) throw inUse(name, `expected ${problem.expected}`);
  // What was ordered about it goes with it: were the site declared again, nobody would expect an old drain.
  const ordered = next.overrides.filter(({ subject }) => subject.kind === 'site' && subject.name === name);
  return [
    removeResource(view, 'Site', name),
    ...ordered.map((override) => removeResource(view, override.kind, override.name)),
    ...members.map((member) => ({ ...idOf(member), outcome: 'deregistered' as const })),
  ];
}

function removeRealServer(view: StoreView, name: string, connected: boolean): readonly RevisionChange[] {
  const kind = 'RealServer';
  const declared = view.modRevision(resourceKey({ kind, name })) > 0;
  const registered = view.modRevision(memberKey('realserver', name)) > 0;
  if (!declared && !registered) throw notFound(kind, name);
  if (!declared && connected) throw stillConnected('realserver', name);
  const policy = declared ? [removeResource(view, kind, name)] : [];
  return !registered || connected ? policy : [...policy, { kind, name, outcome: 'deregistered' }];
}

/** Throws `not-found` where there is no such thing to delete. */
export function refuseAbsent(view: StoreView, { kind, name }: RemovableId): void {
  const isDeclared = kind !== 'Director' && view.modRevision(resourceKey({ kind, name })) > 0;
  const role = agentRoles.find((one) => roles[one].kind === kind);
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
