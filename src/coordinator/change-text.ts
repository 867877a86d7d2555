/** A change of one resource in a few words: which fields are other than they were, without what stands in them. */
import { isDeepStrictEqual } from 'node:util';
import { resourceId } from '../domain/resource.ts';
import { type RevisionChange, unreadable } from '../domain/revision.ts';
import { documentOf } from '../resource/document.ts';
import { isMapping } from '../resource/incoherence.ts';

/** Of one resource. */
const fieldsAtMost = 20;

/** `Service/web changed: scheduler, health.headers`. */
export function changeText(change: RevisionChange): string {
  const { outcome, before, after } = change;
  const head = `${resourceId(change)} ${outcome}`;
  if (before === undefined || after === undefined || before === unreadable || after === unreadable)
    return head;
  const fields = differing(documentOf(before).spec, documentOf(after).spec, '');
  if (fields.length === 0) return head;
  const more = fields.length - fieldsAtMost;
  return `${head}: ${fields.slice(0, fieldsAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A list is one field. */
function differing(before: unknown, after: unknown, path: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMapping(before) || !isMapping(after)) return [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differing(before[key], after[key], path === '' ? key : `${path}.${key}`));
}
