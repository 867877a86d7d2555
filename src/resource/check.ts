/** Whether a resource that came by another way than a file is one that a file could have said: the same schema judges both. */
import { type Problem, type Resource, resourceId } from '../domain/resource.ts';
import { documentOf } from './document.ts';
import { pathText } from './mistake.ts';
import { parseDocument } from './parse.ts';

export interface CheckedResources {
  /** All that is wrong, each with the path inside its resource. */
  readonly problems: readonly Problem[];
  /** Those with which nothing is wrong, in their one spelling: addresses canonical, settings that mean nothing at their defaults. */
  readonly resources: readonly Resource[];
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
    const parsed = parseDocument(documentOf(resource), undefined);
    if ('resource' in parsed) resources.push(parsed.resource);
    else {
      for (const { path, found, expected } of parsed.issues)
        problems.push({ resource: { kind, name }, path: pathText(path), found, expected });
    }
  }
  return { problems, resources };
}
