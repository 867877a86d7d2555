// What a scenario applies on the way: each change of a resource as the whole resource that comes of it.
import { type Resource, resourceId } from '../domain/resource.ts';
import type { PathStep } from '../resource/mistake.ts';
import { parseDocument } from '../resource/parse.ts';
import type { Fault } from './scenario-schema.ts';

export interface Changes {
  /** By the name of the fault that applies it. */
  readonly changes: ReadonlyMap<string, Resource>;
  readonly findings: readonly {
    readonly path: readonly PathStep[];
    readonly found: string;
    readonly expected: string;
  }[];
}

/** `documents`: the resources that the lab begins with, as they stand in the file, without a mistake. Each change builds on those before. */
export function changedResources(faults: readonly Fault[], documents: readonly unknown[]): Changes {
  const present = new Map<string, object>();
  for (const value of documents) {
    const parsed = parseDocument(value, undefined);
    if ('resource' in parsed && isMapping(value)) present.set(resourceId(parsed.resource), value);
  }
  const changes = new Map<string, Resource>();
  const findings: Changes['findings'][number][] = [];
  for (const [index, fault] of faults.entries()) {
    if (fault.kind !== 'apply') continue;
    const before = present.get(fault.resource);
    if (before === undefined) {
      const expected = `one of ${[...present.keys()].join(', ')}`;
      findings.push({ path: ['faults', index, 'resource'], found: fault.resource, expected });
      continue;
    }
    const spec: unknown = Reflect.get(before, 'spec');
    const after = { ...before, spec: { ...(isMapping(spec) ? spec : {}), ...fault.spec } };
    const parsed = parseDocument(after, undefined);
    if ('issues' in parsed) {
      for (const { path, found, expected } of parsed.issues)
        findings.push({ path: ['faults', index, ...path], found, expected });
      continue;
    }
    present.set(fault.resource, after);
    changes.set(fault.name, parsed.resource);
  }
  return { changes, findings };
}

function isMapping(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
