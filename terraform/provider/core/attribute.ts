/** What a resource, a data source or the provider can be told in Terraform's language, and what it tells. */
import type { Value } from './value.ts';

export type AttributeType =
  | { readonly kind: 'string' | 'number' | 'bool' }
  | { readonly kind: 'list' | 'set' | 'map'; readonly of: AttributeType }
  | { readonly kind: 'object'; readonly attributes: readonly Attribute[] };

export interface Attribute {
  /** `slow_start_seconds`. */
  readonly name: string;
  /** The same in resource files: `slowStartSeconds`. */
  readonly key: string;
  readonly type: AttributeType;
  /** `told`: it can't be said, only read. */
  readonly use: 'required' | 'optional' | 'told';
  /** Of an optional one: what stands where nobody says anything; absent: nothing does. */
  readonly fallback?: Value;
  /** Optional, and filled where it is not said. */
  readonly isFilled?: boolean;
  readonly isSensitive?: boolean;
  /** Sentences in Markdown. */
  readonly description: string;
}

/** Whether the values of a type have parts that are attributes themselves. */
export function attributesOf(type: AttributeType): readonly Attribute[] | undefined {
  if (type.kind === 'object') return type.attributes;
  return 'of' in type ? attributesOf(type.of) : undefined;
}

/** `realServer` → `real_server`. */
export function attributeName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Texts that name keys of resource files, with the names of attributes instead. */
export function inAttributeNames(text: string): string {
  return text.replace(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, attributeName);
}
