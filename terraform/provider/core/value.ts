/** Values as Terraform has them: plain ones, and those that nobody knows before the apply. */

/** Known only when it is applied. */
export const unknown: unique symbol = Symbol('unknown');

export type Value =
  | typeof unknown
  | null
  | string
  | number
  | boolean
  | readonly Value[]
  | { readonly [name: string]: Value };

/** By the names of attributes; each attribute is there, null where nobody has said anything. */
export type Values = { readonly [name: string]: Value };

export function isValues(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether all of it is known, at any depth. */
export function isKnown(value: Value): boolean {
  if (value === unknown) return false;
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isKnown);
}
