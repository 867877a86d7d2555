/** What operators asked for: how it is written, and what of it an agent is told. */
import type { Asked } from '../../domain/asked.ts';
import type { Member } from '../../domain/member.ts';
import { type Resource, resourceId } from '../../domain/resource.ts';
import { roles } from '../../domain/role.ts';
import type { DirectorContent, RealServerContent } from '../../plan/snapshots.ts';
import { askedKey } from '../../store/keys.ts';
import { type AskedRecord, encodeRecord } from '../../store/record.ts';
import type { Write } from '../../store/store.ts';
import type { AskedAt, StoreView } from './store-view.ts';

/** Members that were deleted or moved are told of for so long; the oldest go first. An agent that is further behind judges by itself. */
const askedMemberLimit = 1_024;

export function askedWrite(subject: Asked['subject'], name: string, forced = false): Write {
  const value: AskedRecord = { subject, name, forced };
  return { kind: 'put', key: askedKey(value), value: encodeRecord({ kind: 'asked', value }) };
}

/** A member is deleted, or has another place or other labels, by its own operator. */
export function askedOfMember(view: StoreView, { role, name }: Pick<Member, 'role' | 'name'>): Write[] {
  const { subject } = roles[role];
  const oldest = view
    .asked()
    .filter((one) => (one.subject === 'director' || one.subject === 'realServer') && one.name !== name)
    .toSorted((a, b) => b.revision - a.revision)
    .slice(askedMemberLimit - 1);
  return [askedWrite(subject, name), ...oldest.map((one): Write => ({ kind: 'delete', key: askedKey(one) }))];
}

/** What an operator insists on when he applies these with force: what they lose, and nothing else. */
export function askedWithForce(resources: readonly Resource[]): Write[] {
  const unique = new Map(resources.map((resource) => [resourceId(resource), resource]));
  return [...unique.values()].flatMap(({ kind, name }) => {
    switch (kind) {
      case 'Service':
        return [askedWrite('service', name, true)];
      case 'RealServer':
        return [askedWrite('realServer', name, true)];
      case 'Site':
        return [askedWrite('site', name, true)];
      default:
        return [];
    }
  });
}

export interface Intent {
  readonly asked: readonly Asked[];
  readonly force: boolean;
  /** The store's revision at which an operator insisted last; 0: never. */
  readonly insistedAt: number;
}

/**
 * What this agent is told: what was asked for since the snapshot that it has, as far as it concerns it. Where it has one of a later
 * revision than the store's, the store went back (a backup was restored): then only what was insisted on counts.
 */
export function intentFor(
  member: Pick<Member, 'role' | 'name' | 'site'>,
  content: DirectorContent | RealServerContent,
  asked: readonly AskedAt[],
  { appliedRevision, revision }: { readonly appliedRevision: number; readonly revision: number },
): Intent {
  const wentBack = appliedRevision > revision;
  const told = asked
    .filter((one) => (wentBack ? one.forced : one.revision > appliedRevision))
    .filter((one) => concerns(one, member));
  const insisted = told.filter((one) => one.forced && isAbout(one, member, content));
  return {
    asked: told.map(({ subject, name, revision: at }) => ({ subject, name, revision: at })),
    force: insisted.length > 0,
    insistedAt: Math.max(0, ...insisted.map((one) => one.revision)),
  };
}

/** Of other members an agent hears only where their going changes what it carries. */
function concerns({ subject, name }: Asked, member: Pick<Member, 'role' | 'name' | 'site'>): boolean {
  switch (subject) {
    case 'service':
      return true;
    case 'realServer':
      return member.role === 'director' || name === member.name;
    case 'director':
      return member.role === 'realserver' || name === member.name;
    case 'site':
      return member.role === 'director' || name === member.site;
  }
}

function isAbout(
  { subject, name }: Asked,
  member: Pick<Member, 'role' | 'name' | 'site'>,
  content: DirectorContent | RealServerContent,
): boolean {
  if (subject === 'service') return content.services.some((service) => service.name === name);
  if (content.kind === 'realserver') return true;
  if (subject === 'realServer') return content.realServers.some((one) => one.name === name);
  return subject === 'site' ? content.realServers.some(({ site }) => site === name) : name === member.name;
}
