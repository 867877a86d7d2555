/** What an apply writes: everything, or nothing and the reasons. */
import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from '../api/handlers.ts';
import { type Problem, type Resource, resourceId } from '../domain/resource.ts';
import { checkOverrides } from '../plan/check-override.ts';
import { checkResources } from '../plan/check-resources.ts';
import { nameExpected, namePattern } from '../resource/names.ts';
import { deletedServiceKey, resourceKey } from '../store/keys.ts';
import { encodeRecord } from '../store/record.ts';
import type { Write } from '../store/store.ts';
import { askedWithForce, askedWrite } from './intent.ts';
import type { StoreView } from './store-view.ts';
import { worldOf, worldWith } from './world.ts';

export interface Application {
  /** Empty, or else nothing may be written. */
  readonly problems: readonly Problem[];
  readonly outcomes: readonly Outcome[];
  readonly writes: readonly Write[];
}

/** `force`: the operator insists on what he applies. */
export function application(
  view: StoreView,
  resources: readonly Resource[],
  { force, nowMs }: { readonly force: boolean; readonly nowMs: number },
): Application {
  const problems = findProblems(view, resources, nowMs);
  if (problems.length > 0) return { problems, outcomes: [], writes: [] };
  const outcomes = resources.map((resource) => outcomeOf(view, resource));
  const writes = resources.flatMap((resource, index): Write[] =>
    outcomes[index] === 'unchanged' ? [] : writesOf(view, resource),
  );
  // What a service loses by a change was asked for. A new one has nothing to lose; and what force says says more.
  const changed = resources.filter(({ kind }, index) => kind === 'Service' && outcomes[index] === 'changed');
  const asked = force ? askedWithForce(resources) : changed.map(({ name }) => askedWrite('service', name));
  return { problems, outcomes, writes: [...writes, ...asked] };
}

/** Also what `plan` shows before it shows operations. */
export function findProblems(
  view: StoreView,
  resources: readonly Resource[],
  nowMs: number,
): readonly Problem[] {
  const problems = [...resources.flatMap(nameProblems), ...repeated(resources)];
  if (problems.length > 0) return problems;
  const world = worldWith(worldOf(view), resources);
  return [...checkResources(world, resources), ...checkOverrides(world, resources, nowMs)];
}

function nameProblems({ kind, name }: Resource): Problem[] {
  if (namePattern.test(name)) return [];
  const found = JSON.stringify(name);
  return [{ resource: { kind, name }, path: 'metadata.name', found, expected: nameExpected }];
}

function repeated(resources: readonly Resource[]): Problem[] {
  const seen = new Set<string>();
  return resources.flatMap((resource) => {
    const id = resourceId(resource);
    const isRepeated = seen.has(id);
    seen.add(id);
    const { kind, name } = resource;
    const found = `${id} twice`;
    return isRepeated
      ? [{ resource: { kind, name }, path: 'metadata.name', found, expected: 'each resource once' }]
      : [];
  });
}

function outcomeOf(view: StoreView, resource: Resource): Outcome {
  const known = view.resource(resource);
  if (known === undefined) return 'created';
  return isDeepStrictEqual(stored(known.value), stored(resource)) ? 'unchanged' : 'changed';
}

/** As it is read back; unlike in a checksum, a 0 is not the same as nothing. */
function stored(resource: Resource): unknown {
  return JSON.parse(encodeRecord({ kind: 'resource', value: resource }));
}

function writesOf(view: StoreView, resource: Resource): Write[] {
  const value = encodeRecord({ kind: 'resource', value: resource });
  const put: Write = { kind: 'put', key: resourceKey(resource), value };
  const tombstone = deletedServiceKey(resource.name);
  if (resource.kind !== 'Service' || view.modRevision(tombstone) === 0) return [put];
  return [put, { kind: 'delete', key: tombstone }];
}
