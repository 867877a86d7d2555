/** Which resources stand in a file, or all that is wrong with it: a file with one mistake is refused whole. */
import type * as z from 'zod';
import {
  apiVersion,
  type Resource,
  type ResourceId,
  type ResourceKind,
  resourceId,
  resourceKinds,
} from '../domain/resource.ts';
import { incoherences, siteIncoherences } from './coherence.ts';
import { realServerOf, serviceOf, settingsOf, siteOf } from './document.ts';
import { compareMistakes, foundText, type Mistake, type PathStep, pathSteps, pathText } from './mistake.ts';
import { overrideIncoherences } from './override-coherence.ts';
import { overrideAt } from './override-document.ts';
import { overrideSchema } from './override-schema.ts';
import { realServerSchema, resourceSchemas, serviceSchema, settingsSchema, siteSchema } from './schema.ts';
import { settingsIncoherences } from './settings-coherence.ts';
import { readYaml, type SourceDocument } from './source.ts';

export interface ResourceFile {
  /** As the user knows it; `-` where it came through a pipe. */
  readonly file: string;
  readonly text: string;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type ParsedResources =
  | {
      readonly resources: readonly Resource[];
      /** Where a resource says what stands at `path` (`spec.ports[0]`), or the nearest thing above it; undefined for one of no file. */
      readonly locate: (resource: ResourceId, path: string) => Place | undefined;
    }
  | { readonly mistakes: readonly Mistake[] };

export function parseResources(text: string, file: string, nowMs?: number): ParsedResources {
  return parseResourceFiles([{ file, text }], nowMs);
}

/** All files as one set: a resource may stand in one of them only. Times from now (`for: 30m`) are mistakes without `nowMs`. */
export function parseResourceFiles(files: readonly ResourceFile[], nowMs?: number): ParsedResources {
  const mistakes: Mistake[] = [];
  const resources: Resource[] = [];
  const sources = new Map<string, { readonly file: string; readonly document: SourceDocument }>();
  for (const { file, text } of files) {
    const documents = readYaml(text, file);
    if ('mistakes' in documents) {
      mistakes.push(...documents.mistakes);
      continue;
    }
    for (const document of documents) {
      const parsed = parseDocument(document.value, nowMs);
      const identity = identityOf(document.value);
      const other = identity === undefined ? undefined : sources.get(resourceId(identity));
      if (other !== undefined && identity !== undefined) {
        const place = other.document.locate(['metadata', 'name']);
        const expected = `each resource once: the other stands at ${other.file}:${place.line}`;
        const found = `${resourceId(identity)} again`;
        mistakes.push(mistakeAt(file, document, { path: ['metadata', 'name'], found, expected }));
      } else if (identity !== undefined) {
        sources.set(resourceId(identity), { file, document });
      }
      if ('issues' in parsed)
        mistakes.push(...parsed.issues.map((issue) => mistakeAt(file, document, issue)));
      else resources.push(parsed.resource);
    }
  }
  const [first] = files;
  if (mistakes.length === 0 && resources.length === 0) {
    const expected = `at least one of ${resourceKinds.join(', ')}`;
    return {
      mistakes: [{ file: first?.file ?? '-', line: 0, column: 0, path: '', found: 'no resource', expected }],
    };
  }
  if (mistakes.length > 0) return { mistakes: mistakes.sort(compareMistakes) };
  return {
    resources,
    locate: (id, path) => {
      const source = sources.get(resourceId(id));
      return source && { file: source.file, ...source.document.locate(pathSteps(path)) };
    },
  };
}

/** Something wrong at a place in a document. */
export interface Issue {
  readonly path: readonly PathStep[];
  readonly found: string;
  readonly expected: string;
  /** The mistake is the key at the path, not its value. */
  readonly key?: true;
}

function mistakeAt(file: string, document: SourceDocument, { path, found, expected, key }: Issue): Mistake {
  return { file, ...document.locate(path, { key: key === true }), path: pathText(path), found, expected };
}

/** One document, as the values that its text stands for. */
export function parseDocument(
  value: unknown,
  nowMs: number | undefined,
): { readonly resource: Resource } | { readonly issues: readonly Issue[] } {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return {
      issues: [
        { path: [], found: foundText(value), expected: 'a mapping with apiVersion, kind, metadata, spec' },
      ],
    };
  }
  const kind = kindOf(value);
  const spec = valueAt(value, ['spec']);
  switch (kind) {
    case undefined: {
      const issues: Issue[] = [];
      const version = valueAt(value, ['apiVersion']);
      if (version !== apiVersion)
        issues.push({ path: ['apiVersion'], found: foundText(version), expected: apiVersion });
      const found = foundText(valueAt(value, ['kind']));
      return {
        issues: [...issues, { path: ['kind'], found, expected: `one of ${resourceKinds.join(', ')}` }],
      };
    }
    case 'Site':
      return checked(siteSchema, value, siteOf, siteIncoherences(spec));
    case 'RealServer':
      return checked(realServerSchema, value, realServerOf, []);
    case 'Service':
      return checked(serviceSchema, value, serviceOf, incoherences(spec));
    case 'Settings':
      return checked(settingsSchema, value, settingsOf, settingsIncoherences(spec));
    case 'Override':
      return checked(overrideSchema, value, overrideAt(nowMs), overrideIncoherences(spec, nowMs));
  }
}

/** What is wrong with the values that a document has, each by itself: of one that is not whole yet, nothing else can be told. */
export function shapeIssues(value: object): readonly Issue[] {
  const kind = kindOf(value);
  const result = kind === undefined ? undefined : resourceSchemas[kind].safeParse(value);
  const issues = result?.error?.issues.flatMap((issue) => issuesOf(issue, value)) ?? [];
  return unique(issues.filter(({ path }) => valueAt(value, path) !== undefined));
}

function checked<T>(
  schema: z.ZodType<T>,
  value: object,
  make: (document: T) => Resource,
  further: readonly Issue[],
) {
  const result = schema.safeParse(value);
  const issues = [
    ...(result.success ? [] : result.error.issues.flatMap((issue) => issuesOf(issue, value))),
    ...further,
  ];
  return result.success && issues.length === 0 ? { resource: make(result.data) } : { issues: unique(issues) };
}

/** The schema's complaint; its message is what the place expects. */
function issuesOf(issue: z.core.$ZodIssue, value: unknown): Issue[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        found: 'an unknown key',
        expected: issue.message,
        key: true,
      }));
    case 'invalid_key': {
      const expected = issue.issues[0]?.message ?? issue.message;
      return [{ path, found: `the key ${foundText(path.at(-1))}`, expected, key: true }];
    }
    default:
      return [{ path, found: foundText(valueAt(value, path)), expected: issue.message }];
  }
}

/** A value that fails two checks of the same expectation is one mistake. */
function unique(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const id = JSON.stringify([issue.path, issue.expected]);
    return !seen.has(id) && seen.add(id);
  });
}

function valueAt(value: unknown, path: readonly PathStep[]): unknown {
  let current = value;
  for (const step of path) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, step)) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

function kindOf(value: object): ResourceKind | undefined {
  const found = valueAt(value, ['kind']);
  return resourceKinds.find((kind) => kind === found);
}

function identityOf(value: unknown): ResourceId | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const kind = kindOf(value);
  const name = valueAt(value, ['metadata', 'name']);
  return kind !== undefined && typeof name === 'string' ? { kind, name } : undefined;
}
