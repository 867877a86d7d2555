/** Whether a resource that came by another way than a file is one that a file could have said: the same schema judges both. */
import { type Problem, type Resource, resourceId } from '../domain/resource.ts';
import type { Steps } from '../domain/steps.ts';
import { documentOf } from './document.ts';
import { pathText } from './mistake.ts';
import { parseDocument } from './parse.ts';

export interface CheckedResources {
  /** All that is wrong, each with the path inside its resource. */
  readonly problems: readonly Problem[];
  /** Those with which nothing is wrong, in their one spelling: addresses canonical, settings that mean nothing at their defaults. */
  readonly resources: readonly Resource[];
}

type Parsed = ReturnType<typeof parseDocument>;

/** A resource never changes, and is judged more than once on its way into the store. */
const known = new WeakMap<Resource, Parsed>();

function parsedAs(resource: Resource): Parsed {
  const parsed = known.get(resource) ?? parseDocument(documentOf(resource), undefined);
  known.set(resource, parsed);
  return parsed;
}

const resourcesAStep = 20;

/** Looks at each as `checkedResources` will, which then has it at hand. Yields between some of them. */
export function* lookedAt(resources: readonly Resource[]): Steps<void> {
  for (const [index, resource] of resources.entries()) {
    parsedAs(resource);
    if (index % resourcesAStep === 0) yield;
  }
}

/** Each by itself; a resource that is given twice is a mistake of the second. */
export function checkedResources(given: readonly Resource[]): CheckedResources {
  const problems: Problem[] = [];
  const resources: Resource[] = [];
  const seen = new Set<string>();
  for (const resource of given) {
    const { kind, name } = resource;
    const id = resourceId(resource);
    if (seen.has(id)) {
      const expected = 'each resource once';
      problems.push({ resource: { kind, name }, path: 'metadata.name', found: `${id} twice`, expected });
    }
    seen.add(id);
    const parsed = parsedAs(resource);
    if ('resource' in parsed) resources.push(parsed.resource);
    else {
      for (const { path, found, expected } of parsed.issues)
        problems.push({ resource: { kind, name }, path: pathText(path), found, expected });
    }
  }
  return { problems, resources };
}
