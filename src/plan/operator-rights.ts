/** Whether an operator may make a change: what each resource that it touches concerns, and whose that is. */
import type { Caller } from '../domain/caller.ts';
import { parseIdentity } from '../domain/identity.ts';
import { everyName, type OperatorRights, type RemovableId, resourceId } from '../domain/resource.ts';
import type { RevisionChange } from '../domain/revision.ts';
import { unreadable } from '../domain/revision.ts';

/** What is touched, as it was and as it is to be. */
export type TouchedByChange = Pick<RevisionChange, 'kind' | 'name' | 'before' | 'after'>;

export interface RightsFacts {
  /** Of the Settings as they are before the change. */
  readonly operators: readonly OperatorRights[];
  /** Where a real server or director is registered; undefined: nowhere. */
  siteOf(id: RemovableId): string | undefined;
}

/** May be changed by who has all of these services, and by who has this site; undefined: not by that. */
interface Concern {
  readonly services?: readonly string[];
  readonly site?: string;
}

const namedAtMost = 5;

/**
 * Why this caller may not make a change that touches these, with who may; undefined: he may. Only operators are judged here: the method is
 * the others' own, so that no Settings can keep an admin out.
 */
export function beyondRights(
  { role, identity }: Pick<Caller, 'role' | 'identity'>,
  touched: readonly TouchedByChange[],
  { operators, siteOf }: RightsFacts,
): string | undefined {
  if (role !== 'operator') return undefined;
  const { name } = parseIdentity(identity);
  const own = operators.find((one) => one.name === name);
  const isCovered = (rights: OperatorRights, one: TouchedByChange): boolean => {
    const concerns = concernsOf(one, siteOf);
    return concerns?.every((concern) => covers(rights, concern)) === true;
  };
  const beyond = touched.filter((one) => own === undefined || !isCovered(own, one));
  if (beyond.length === 0) return undefined;
  const others = operators.filter((rights) => beyond.every((one) => isCovered(rights, one)));
  const may = ['an admin', ...others.map((one) => `operator/${one.name}`)];
  const what = beyond.map((one) => touchedText(one, siteOf));
  return `operator/${name} may not change ${listed(what)}: ${ownText(own)} (Settings/default, spec.operators). Who may: ${listed(may)}`;
}

/** Undefined: it is no operator's at all. What is registered nowhere is everywhere. */
function concernsOf(touched: TouchedByChange, siteOf: RightsFacts['siteOf']): readonly Concern[] | undefined {
  const { kind, name, before, after } = touched;
  switch (kind) {
    case 'Service':
      return [{ services: [name] }];
    case 'Site':
      return [{ site: name }];
    case 'RealServer':
    case 'Director':
      return [{ site: siteOf(touched) ?? everyName }];
    case 'Override':
      return [before, after].flatMap((one): Concern[] => {
        if (one === undefined) return [];
        // Of what it is about, nobody can tell.
        if (one === unreadable || one.kind !== 'Override') return [{ site: everyName }];
        const { subject, services } = one;
        const kind = subject.kind === 'director' ? 'Director' : 'RealServer';
        const site = subject.kind === 'site' ? subject.name : siteOf({ kind, name: subject.name });
        return [{ services: services.length === 0 ? [everyName] : services, site: site ?? everyName }];
      });
    case 'Settings':
      return undefined;
  }
}

function covers(rights: OperatorRights, { services, site }: Concern): boolean {
  const has = (list: readonly string[], name: string): boolean =>
    list.includes(everyName) || list.includes(name);
  if (services?.every((service) => has(rights.services, service)) === true) return true;
  return site !== undefined && has(rights.sites, site);
}

function touchedText(touched: TouchedByChange, siteOf: RightsFacts['siteOf']): string {
  const id = resourceId(touched);
  if (touched.kind !== 'RealServer' && touched.kind !== 'Director') return id;
  const site = siteOf(touched);
  return `${id} (${site === undefined ? 'not registered at any site' : `of site ${site}`})`;
}

function ownText(own: OperatorRights | undefined): string {
  if (own === undefined) return 'nothing is granted to it';
  const part = (of: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [names.includes(everyName) ? `all ${of}s` : `${of} ${listed(names)}`];
  return `its own are ${[...part('service', own.services), ...part('site', own.sites)].join(' and ')}`;
}

function listed(words: readonly string[]): string {
  const named = words.slice(0, namedAtMost).join(', ');
  return words.length <= namedAtMost ? named : `${named} and ${words.length - namedAtMost} more`;
}
