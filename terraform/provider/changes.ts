/** What Terraform changes, at a coordinator: each on the condition that nobody else has changed it since it was read. */
import type { ChangeResult } from '../../src/api/handlers.ts';
import { CausewayError } from '../../src/domain/error.ts';
import type { Resource } from '../../src/domain/resource.ts';
import type { ChangeTerms } from '../../src/domain/revision.ts';
import type { Admin, Coordinators } from './coordinators.ts';

/** What is there, and up to which revision of the history that is known; undefined: there is none. */
export interface Found {
  readonly resource: Resource | undefined;
  readonly revision: number;
}

/** A revision that comes between the two questions is later than what is known: never the other way round. */
export function find(
  coordinators: Coordinators,
  { kind, name }: Pick<Resource, 'kind' | 'name'>,
): Promise<Found> {
  return coordinators.ask(async (admin) => {
    const { newest } = await admin.history({ limit: 1 });
    return { resource: await present(admin, kind, name), revision: newest };
  });
}

async function present(admin: Admin, kind: Resource['kind'], name: string): Promise<Resource | undefined> {
  try {
    return await admin.get({ kind, name });
  } catch (error) {
    if (error instanceof CausewayError && error.code === 'not-found') return undefined;
    throw error;
  }
}

export interface Put {
  readonly result: ChangeResult;
  /** Up to which revision of the history it is known now. */
  readonly revision: number;
  /** It was there already, just as wanted. */
  readonly wasThere: boolean;
}

export interface PutOptions {
  readonly terms: ChangeTerms;
  readonly strict: boolean;
  /** Up to which revision it was known when it was planned; undefined: nobody has noted that. */
  readonly since: number | undefined;
  /** When it was planned, it was not there. */
  readonly isNew: boolean;
  /** Whether what is there is what is wanted. */
  readonly isWanted: (found: Resource) => boolean;
}

/** `other`: it is there, unexpectedly, and not as wanted. Errors of the coordinator; `conflict` where somebody else has changed it. */
export async function put(
  coordinators: Coordinators,
  resource: Resource,
  { terms, strict, since, isNew, isWanted }: PutOptions,
): Promise<Put | 'other'> {
  const before = isNew ? await find(coordinators, resource) : undefined;
  if (before?.resource !== undefined && !isWanted(before.resource)) return 'other';
  const condition = before?.revision ?? since;
  const options = { ...terms, strict, ...(condition === undefined ? {} : { ifRevision: condition }) };
  try {
    const result = await coordinators.ask((admin) => admin.apply([resource], options));
    const revision = result.number ?? condition ?? 0;
    return { result, revision, wasThere: before?.resource !== undefined };
  } catch (error) {
    if (!(error instanceof CausewayError) || error.code !== 'conflict') throw error;
    // An answer that was lost on its way, and the same asked again: then who has changed it is this one.
    const now = await find(coordinators, resource);
    if (now.resource === undefined || !isWanted(now.resource)) throw error;
    const result = await coordinators.ask((admin) =>
      admin.apply([now.resource ?? resource], { ...terms, strict }),
    );
    return { result, revision: now.revision, wasThere: false };
  }
}

/** What is absent already is as good. The revision of the store at which it was gone. */
export async function remove(
  coordinators: Coordinators,
  { kind, name }: Pick<Resource, 'kind' | 'name'>,
  terms: ChangeTerms,
): Promise<number> {
  const removed = await coordinators.ask((admin) =>
    admin.remove([{ kind, name }], { ...terms, absentAllowed: true }),
  );
  return removed.revision;
}
