/** What Terraform's core holds a provider to (its package plans/objchange), as functions: each gives what it would complain about. */
import { isDeepStrictEqual } from 'node:util';
import type { Attribute, AttributeType } from '../../terraform/provider/core/attribute.ts';
import {
  isKnown,
  isList,
  isValues,
  unknown,
  type Value,
  type Values,
} from '../../terraform/provider/core/value.ts';

/** Of a plan: nothing stands in it that neither the configuration, nor what was before, nor the schema allows. */
export function planComplaints(
  attributes: readonly Attribute[],
  { config, prior, planned }: { config: Values; prior: Values | null; planned: Values },
  path = '',
): string[] {
  return attributes.flatMap((attribute) => {
    const { name, type } = attribute;
    const at = `${path}${name}`;
    const [wanted, was, is] = [config, prior, planned].map((one) => one?.[name] ?? null) as [
      Value,
      Value,
      Value,
    ];
    if (!(name in planned)) return [`${at}: is not there`];
    if (isSame(type, is, wanted)) return [];
    if (was !== null && wanted !== null && isSame(type, is, was)) return [];
    if (wanted === null) {
      const isComputed = attribute.isFilled === true || attribute.fallback !== undefined;
      return isComputed ? [] : [`${at}: null in the configuration, not computed, and planned as ${show(is)}`];
    }
    if (is === null) return [`${at}: configured as ${show(wanted)}, planned as null`];
    return partComplaints(type, { wanted, was, is }, at);
  });
}

function partComplaints(
  type: AttributeType,
  { wanted, was, is }: { wanted: Value; was: Value; is: Value },
  at: string,
): string[] {
  if (type.kind === 'object' && isValues(wanted) && isValues(is))
    return planComplaints(
      type.attributes,
      { config: wanted, prior: isValues(was) ? was : null, planned: is },
      `${at}.`,
    );
  if (type.kind === 'map' && type.of.kind === 'object' && isValues(wanted) && isValues(is)) {
    if (!isDeepStrictEqual(Object.keys(wanted).sort(), Object.keys(is).sort())) return [`${at}: other keys`];
    return Object.keys(wanted).flatMap((key) =>
      partComplaints(
        type.of,
        { wanted: wanted[key] ?? null, was: isValues(was) ? (was[key] ?? null) : null, is: is[key] ?? null },
        `${at}["${key}"]`,
      ),
    );
  }
  if (type.kind === 'list' && type.of.kind === 'object' && isList(wanted) && isList(is)) {
    if (wanted.length !== is.length) return [`${at}: ${is.length} of ${wanted.length}`];
    return wanted.flatMap((one, index) =>
      partComplaints(
        type.of,
        { wanted: one, was: isList(was) ? (was[index] ?? null) : null, is: is[index] ?? null },
        `${at}[${index}]`,
      ),
    );
  }
  return isSame(type, is, wanted) ? [] : [`${at}: configured as ${show(wanted)}, planned as ${show(is)}`];
}

/** Of what came of a plan, or of a second plan in which more was known: what was known stays as it was. */
export function laterComplaints(planned: Value, later: Value, path = ''): string[] {
  if (planned === unknown) return [];
  if (isList(planned) && isList(later) && planned.length === later.length)
    return planned.flatMap((one, index) => laterComplaints(one, later[index] ?? null, `${path}[${index}]`));
  if (isValues(planned) && isValues(later))
    return [...new Set([...Object.keys(planned), ...Object.keys(later)])].flatMap((name) =>
      laterComplaints(planned[name] ?? null, later[name] ?? null, path === '' ? name : `${path}.${name}`),
    );
  return isDeepStrictEqual(planned, later) ? [] : [`${path}: was ${show(planned)}, is ${show(later)}`];
}

/** Of a state: all of it is known. */
export function stateComplaints(values: Values): string[] {
  return Object.entries(values)
    .filter(([, value]) => !isKnown(value))
    .map(([name]) => `${name}: unknown after the apply`);
}

function isSame(type: AttributeType, a: Value, b: Value): boolean {
  if (type.kind !== 'set' || !isList(a) || !isList(b)) return isDeepStrictEqual(a, b);
  return isDeepStrictEqual(new Set(a), new Set(b));
}

function show(value: Value): string {
  return JSON.stringify(value, (_, one) => (one === unknown ? '(unknown)' : one));
}
