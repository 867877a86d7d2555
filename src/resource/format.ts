/** Resources as the YAML that `parseResources` reads back. */
import { stringify } from 'yaml';
import type { Resource } from '../domain/resource.ts';
import { documentOf } from './document.ts';

/** One document a resource, `---` between them. */
export function formatResources(resources: readonly Resource[]): string {
  return resources.map((resource) => stringify(documentOf(resource))).join('---\n');
}
