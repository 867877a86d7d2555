/** What became of a resource, as people and programs read it: each path at which something else stands. */
import { isDeepStrictEqual } from 'node:util';
import { resourceId } from '../domain/resource.ts';
import { type RevisionChange, unreadable } from '../domain/revision.ts';
import { documentOf } from '../resource/document.ts';
import { singleLine } from './table.ts';

export interface Difference {
  /** `spec.placement.policy`. */
  readonly path: string;
  /** Absent: nothing stands there. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** In the order of the document as it was, then what came new. A list is one value. */
export function differences({ before, after }: RevisionChange): readonly Difference[] {
  const [was, is] = [leaves(specOf(before)), leaves(specOf(after))];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((path) => !isDeepStrictEqual(was.get(path), is.get(path)))
    .map((path) => ({
      path,
      ...(was.has(path) ? { before: was.get(path) } : {}),
      ...(is.has(path) ? { after: is.get(path) } : {}),
    }));
}

function specOf(end: RevisionChange['before']): unknown {
  return end === undefined || end === unreadable ? {} : { spec: documentOf(end).spec };
}

function leaves(value: unknown, path = ''): Map<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return new Map([[path, value]]);
  const own = Object.entries(value).flatMap(([key, inner]) => [
    ...leaves(inner, path === '' ? key : `${path}.${key}`),
  ]);
  return new Map(own);
}

/** A heading a resource, then `- path: what stood there` and `+ path: what stands there`. */
export function differenceText(changes: readonly RevisionChange[]): string {
  return changes.map(changeText).join('\n');
}

function changeText(change: RevisionChange): string {
  const lines = [
    `${resourceId(change)} ${change.outcome}`,
    ...(change.before === unreadable ? ['  what it was can not be read'] : []),
    ...(change.after === unreadable ? ['  what it became can not be read'] : []),
    ...differences(change).flatMap((one) => [
      ...('before' in one ? [`  - ${one.path}: ${valueText(one.before)}`] : []),
      ...('after' in one ? [`  + ${one.path}: ${valueText(one.after)}`] : []),
    ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function valueText(value: unknown): string {
  return singleLine(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The same as plain data, with both documents whole. */
export function changeData(change: RevisionChange): Record<string, unknown> {
  const { kind, name, outcome, before, after } = change;
  return {
    ...{ kind, name, outcome },
    ...endData('before', before),
    ...endData('after', after),
    differences: differences(change),
  };
}

function endData(key: 'before' | 'after', end: RevisionChange['before']): Record<string, unknown> {
  if (end === undefined) return {};
  return end === unreadable ? { [`${key}Unreadable`]: true } : { [key]: documentOf(end) };
}
