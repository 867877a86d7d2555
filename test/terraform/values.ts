/** Configurations as Terraform hands them over: every attribute is there, null where nobody says anything. */
import { type Attribute, attributesOf } from '../../terraform/provider/core/attribute.ts';
import { type ResourceType, resourceTypes } from '../../terraform/provider/core/resource-type.ts';
import { isList, isValues, type Value, type Values } from '../../terraform/provider/core/value.ts';

export function typeNamed(name: string): ResourceType {
  const found = resourceTypes.find((one) => one.name === `causeway_${name}`);
  if (found === undefined) throw new Error(`no causeway_${name}`);
  return found;
}

/** Throws for what is no attribute. */
export function filledIn(attributes: readonly Attribute[], said: Values): Values {
  for (const name of Object.keys(said))
    if (!attributes.some((one) => one.name === name)) throw new Error(`no attribute ${name}`);
  return Object.fromEntries(
    attributes.map(({ name, type }) => {
      const value = said[name] ?? null;
      const inside = attributesOf(type);
      return [name, inside === undefined ? value : filledPart(inside, type.kind === 'object', value)];
    }),
  );
}

function filledPart(attributes: readonly Attribute[], isOne: boolean, value: Value): Value {
  if (isList(value)) return value.map((one) => filledPart(attributes, true, one));
  if (!isValues(value)) return value;
  if (isOne) return filledIn(attributes, value);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, filledPart(attributes, true, one)]),
  );
}

export const web = {
  name: 'web',
  vips: ['192.0.2.10'],
  ports: ['80/tcp'],
  selector: { app: 'web' },
} as const;
