/** The resources that Terraform can manage: each a kind of Causeway's, with the attributes that its files have as keys. */
import { apiVersion, type Resource, type ResourceKind, settingsName } from '../../../src/domain/resource.ts';
import { documentOf } from '../../../src/resource/document.ts';
import { jsonSchemaOf } from '../../../src/resource/json-schema.ts';
import type { PathStep } from '../../../src/resource/mistake.ts';
import { type Issue, parseDocument, shapeIssues } from '../../../src/resource/parse.ts';
import type { Attribute } from './attribute.ts';
import { inAttributeNames } from './attribute.ts';
import { isDeepEqual } from './deep-equal.ts';
import { type AttributePath, attributePath, documentFrom } from './document.ts';
import { isSameMeaning } from './forms.ts';
import { attributesFrom, type JsonSchema } from './from-json-schema.ts';
import { plannedValues } from './plan.ts';
import { inFewWords, readBack } from './read-back.ts';
import { isKnown, unknown, type Values } from './value.ts';

export interface ResourceType {
  /** `causeway_service`. */
  readonly name: string;
  readonly kind: ResourceKind;
  /** What it is, for its documentation. */
  readonly description: string;
  readonly attributes: readonly Attribute[];
  /** The one that there is; absent: each has its name as an attribute. */
  readonly onlyName?: string;
}

const nameAttribute: Attribute = {
  name: 'name',
  key: 'name',
  type: { kind: 'string' },
  use: 'required',
  description: 'What it is called in Causeway; another name is another resource, which is made anew.',
};

const described: Readonly<Record<ResourceKind, string>> = {
  Site: 'A datacentre: its name, and how packets reach its real servers.',
  Service:
    'A virtual service: the addresses and ports that clients use, and which real servers stand behind them.',
  RealServer:
    'Policy for a real server, which is known by its agent and not made here: its weight, and whether it is drained. ' +
    'Destroying it leaves the server in place with the ordinary weight; where its agent is gone for good, the server is forgotten with it.',
  Override:
    'An order about the weights of a site or a real server, for a while. One whose time is over stays in the state as it was, and orders nothing.',
  Settings: 'What holds for all of Causeway. There is one: destroying it puts the defaults back.',
};

function resourceType(kind: ResourceKind, onlyName?: string): ResourceType {
  const { properties = {} }: JsonSchema = jsonSchemaOf(kind) as JsonSchema;
  const own = attributesFrom(properties.spec ?? {});
  return {
    name: `causeway${kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
    kind,
    description: described[kind],
    attributes: [
      ...(onlyName === undefined ? [nameAttribute] : []),
      // A time from now becomes one of the calendar when it is applied.
      ...own.map((one) => (kind === 'Override' && one.key === 'expires' ? { ...one, isFilled: true } : one)),
    ],
    ...(onlyName === undefined ? {} : { onlyName }),
  };
}

export const resourceTypes: readonly ResourceType[] = [
  resourceType('Site'),
  resourceType('Service'),
  resourceType('RealServer'),
  resourceType('Override'),
  resourceType('Settings', settingsName),
];

export function nameOf({ onlyName }: ResourceType, values: Values): string {
  return onlyName ?? String(values.name);
}

/** What a configuration comes to, given what was before; null: nothing was. */
export function planOf({ kind, attributes }: ResourceType, config: Values, prior: Values | null): Values {
  const planned = plannedValues(attributes, config, prior);
  if (kind !== 'Override' || config.expires !== null || config.for === null) return planned;
  // It counts from when it is applied, and goes on from there for as long as nobody says another span.
  const goesOn = prior !== null && isSameMeaning('for', config.for ?? null, prior.for ?? null);
  return { ...planned, expires: goesOn ? (prior.expires ?? unknown) : unknown };
}

/** As its file would say it. What is not known yet is left out. */
function resourceDocument({ kind, attributes, onlyName }: ResourceType, values: Values): object {
  return {
    apiVersion,
    kind,
    metadata: documentFrom([nameAttribute], onlyName === undefined ? values : { name: onlyName }),
    spec: documentFrom(
      attributes.filter((one) => one !== nameAttribute),
      values,
    ),
  };
}

/** What is wrong with values that are known as a whole, or the resource that they mean. `nowMs`: what `for` counts from. */
export function resourceFrom(
  type: ResourceType,
  values: Values,
  nowMs: number,
): { readonly resource: Resource } | { readonly issues: readonly Issue[] } {
  // Once it is known when an order ends, that is what counts.
  const settled = typeof values.expires === 'string' && 'for' in values ? { ...values, for: null } : values;
  return parseDocument(resourceDocument(type, settled), nowMs);
}

/** What is wrong with a configuration, in which not all need be known: what that might mend is not complained about. */
export function configIssues(type: ResourceType, config: Values, nowMs: number): readonly Issue[] {
  const document = resourceDocument(type, config);
  if (!isKnown(config)) return shapeIssues(document);
  const parsed = parseDocument(document, nowMs);
  return 'issues' in parsed ? parsed.issues : [];
}

/** Where Terraform shows it. */
export function placeOf(type: ResourceType, path: readonly PathStep[]): AttributePath {
  const [part, ...rest] = path;
  if (part === 'metadata') return type.onlyName === undefined ? [{ attribute: 'name' }] : [];
  return part === 'spec' ? attributePath(type.attributes, rest) : [];
}

/** What is found there, as a person who writes Terraform would say it. */
export function issueText({ found, expected }: Pick<Issue, 'found' | 'expected'>): string {
  return `Found ${inAttributeNames(found)}, expected ${inAttributeNames(expected)}.`;
}

/** Those before, but for what is other at the coordinator. */
export function valuesNow(type: ResourceType, prior: Values, found: Resource, nowMs: number): Values {
  const before = resourceFrom(type, prior, nowMs);
  // What nothing can be made of, of another version perhaps, is no measure.
  if ('issues' in before) return imported(type, found, nowMs);
  const [said, now] = [before.resource, found].map(specOf) as [object, object];
  return { ...readBack(type.attributes, { values: prior, document: said }, now), ...named(type, found) };
}

/** Those of a resource that nobody has declared in Terraform yet. */
export function imported(type: ResourceType, found: Resource, nowMs: number): Values {
  const spec = specOf(found);
  const isSame = (values: Values): boolean => {
    const parsed = resourceFrom(type, { ...values, ...named(type, found) }, nowMs);
    return 'resource' in parsed && isSameResource(type, parsed.resource, found);
  };
  return { ...inFewWords(type.attributes, spec, isSame), ...named(type, found) };
}

/** Whether they say the same, in whatever order. */
export function isSameResource({ attributes }: ResourceType, a: Resource, b: Resource): boolean {
  const [one, other] = [specOf(a), specOf(b)];
  return attributes.every(({ key, type }) =>
    isDeepEqual(Reflect.get(one, key), Reflect.get(other, key), type.kind === 'set'),
  );
}

function named({ onlyName }: ResourceType, { name }: Resource): Values {
  return onlyName === undefined ? { name } : {};
}

function specOf(resource: Resource): object {
  return Object(documentOf(resource).spec);
}
