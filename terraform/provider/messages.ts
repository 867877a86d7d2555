/** Messages of the plugin protocol as gRPC has them here, and how values become them. proto/tfplugin6 has the numbers. */
import { type Attribute, type AttributeType, attributesOf } from './core/attribute.ts';
import type { Diagnostic } from './core/diagnostic.ts';
import type { AttributePath } from './core/document.ts';
import type { Values } from './core/value.ts';
import { typeText, valuesFromWire, valuesToWire } from './core/wire-value.ts';

export interface DynamicValue {
  readonly msgpack: Uint8Array;
  readonly json?: Uint8Array;
}

interface WireStep {
  readonly attributeName?: string;
  readonly elementKeyString?: string;
  readonly elementKeyInt?: number;
}

export interface WirePath {
  readonly steps: readonly WireStep[];
}

export interface WireDiagnostic {
  readonly severity: 'ERROR' | 'WARNING';
  readonly summary: string;
  readonly detail: string;
  readonly attribute?: WirePath;
}

/** What every request has of these; absent ones are empty, or null. */
export interface Request {
  readonly typeName: string;
  readonly id: string;
  readonly config: DynamicValue | null;
  readonly priorState: DynamicValue | null;
  readonly plannedState: DynamicValue | null;
  readonly currentState: DynamicValue | null;
  readonly priorPrivate: Uint8Array;
  readonly plannedPrivate: Uint8Array;
  readonly private: Uint8Array;
  readonly rawState: { readonly json: Uint8Array } | null;
}

export function valuesOf(attributes: readonly Attribute[], value: DynamicValue | null): Values | null {
  return value === null ? null : valuesFromWire(attributes, value.msgpack);
}

export function dynamicValue(values: Values | null): DynamicValue {
  return { msgpack: valuesToWire(values) };
}

export function wirePath(path: AttributePath): WirePath {
  const steps = path.map((step): WireStep => {
    if ('attribute' in step) return { attributeName: step.attribute };
    return 'key' in step ? { elementKeyString: step.key } : { elementKeyInt: step.index };
  });
  return { steps };
}

export function wireDiagnostic({ severity, summary, detail, path = [] }: Diagnostic): WireDiagnostic {
  return {
    severity: severity === 'error' ? 'ERROR' : 'WARNING',
    summary,
    detail: path.length > 1 ? `${pathText(path)}: ${detail}` : detail,
    ...(path.length === 0 ? {} : { attribute: wirePath(shownPath(path)) }),
  };
}

/**
 * Terraform finds the line of an attribute, and of one key or element inside it; anything deeper it shows at the head of the whole
 * resource. What is an attribute of an attribute to the schema is a key of a mapping to who looks for it in the text.
 */
function shownPath([first, second]: AttributePath): AttributePath {
  if (first === undefined || second === undefined) return first === undefined ? [] : [first];
  return [first, 'attribute' in second ? { key: second.attribute } : second];
}

/** `health.ports["443/tcp"].path`. */
function pathText(path: AttributePath): string {
  const texts = path.map((step, index) => {
    if ('attribute' in step) return index === 0 ? step.attribute : `.${step.attribute}`;
    return `[${JSON.stringify('key' in step ? step.key : step.index)}]`;
  });
  return texts.join('');
}

/** What is noted beside a state, for this provider alone: up to which revision of the history it is known. */
export function privateBytes(revision: number | undefined): Uint8Array {
  return Buffer.from(revision === undefined ? '' : JSON.stringify({ revision }));
}

/** Undefined where nothing is noted, or what another version noted. */
export function revisionIn(bytes: Uint8Array): number | undefined {
  try {
    const { revision }: { revision?: unknown } = JSON.parse(Buffer.from(bytes).toString());
    return typeof revision === 'number' ? revision : undefined;
  } catch {
    return undefined;
  }
}

export function wireSchema(description: string, attributes: readonly Attribute[]): object {
  const block = {
    version: 0,
    attributes: attributes.map(wireAttribute),
    description,
    descriptionKind: 'MARKDOWN',
  };
  return { version: 0, block };
}

function wireAttribute({ name, type, use, fallback, isFilled, isSensitive, description }: Attribute): object {
  return {
    name,
    ...wireType(type),
    description,
    descriptionKind: 'MARKDOWN',
    required: use === 'required',
    optional: use === 'optional',
    computed: use === 'told' || isFilled === true || fallback !== undefined,
    sensitive: isSensitive === true,
  };
}

function wireType(type: AttributeType): object {
  const attributes = attributesOf(type);
  if (attributes === undefined) return { type: Buffer.from(JSON.stringify(typeText(type))) };
  const nesting = type.kind === 'object' ? 'SINGLE' : type.kind.toUpperCase();
  return { nestedType: { attributes: attributes.map(wireAttribute), nesting } };
}
