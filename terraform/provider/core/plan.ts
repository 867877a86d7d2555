/** What a resource is to be: what the configuration says, what stands in for what it does not say, and what stays as it is. Pure. */
import type { Attribute, AttributeType } from './attribute.ts';
import { isSameMeaning } from './forms.ts';
import { isList, isValues, unknown, type Value, type Values } from './value.ts';

/**
 * Terraform's core wants of each value that it is the configuration's, or, where that means the same, the one before; only what is
 * null there may be filled; and what is known in one plan is the same in the next, in which more is known. So each value is decided by
 * itself: by no other that may be unknown.
 */
export function plannedValues(
  attributes: readonly Attribute[],
  config: Values,
  prior: Values | null,
): Values {
  return Object.fromEntries(
    attributes.map((attribute) => [
      attribute.name,
      planned(attribute, config[attribute.name] ?? null, prior?.[attribute.name] ?? null),
    ]),
  );
}

function planned({ key, type, fallback }: Attribute, config: Value, prior: Value): Value {
  if (config === null) return fallback ?? null;
  return plannedPart(key, type, config, prior);
}

function plannedPart(key: string, type: AttributeType, config: Value, prior: Value): Value {
  if (config === unknown) return unknown;
  if (type.kind === 'object' && isValues(config))
    return plannedValues(type.attributes, config, isValues(prior) ? prior : null);
  if (type.kind === 'map' && type.of.kind === 'object' && isValues(config)) {
    const before = isValues(prior) ? prior : {};
    return Object.fromEntries(
      Object.entries(config).map(([name, one]) => [
        name,
        plannedPart(key, type.of, one, before[name] ?? null),
      ]),
    );
  }
  if (type.kind === 'list' && type.of.kind === 'object' && isList(config)) {
    const before = isList(prior) ? prior : [];
    return config.map((one, index) => plannedPart(key, type.of, one, before[index] ?? null));
  }
  // Any other list is whole only where all of it is known: of one that is not, nobody can tell whether it stays.
  return typeof config === 'string' && isSameMeaning(key, config, prior) ? prior : config;
}
