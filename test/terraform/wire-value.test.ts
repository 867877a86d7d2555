/** Values as go-cty, of Terraform and OpenTofu, writes and reads them. */
import { describe, expect, it } from 'vitest';
import type { Attribute, AttributeType } from '../../terraform/provider/core/attribute.ts';
import { unknown, type Value } from '../../terraform/provider/core/value.ts';
import {
  typeText,
  valuesFromState,
  valuesFromWire,
  valuesToWire,
} from '../../terraform/provider/core/wire-value.ts';

const text: AttributeType = { kind: 'string' };
const number: AttributeType = { kind: 'number' };

function attribute(type: AttributeType): readonly Attribute[] {
  return [{ name: 'v', key: 'v', type, use: 'optional', description: '' }];
}

function read(type: AttributeType, hex: string): Value | undefined {
  return valuesFromWire(attribute(type), Buffer.from(`81a176${hex}`, 'hex'))?.v;
}

describe('from Terraform', () => {
  it.each<[string, AttributeType, string, Value]>([
    ['null', text, 'c0', null],
    ['unknown', text, 'd40000', unknown],
    // {1: false}: unknown, and surely not null.
    ['a refined unknown', text, 'c7030c8101c2', unknown],
    ['a text', text, 'a3777272', 'wrr'],
    ['a small number', number, '07', 7],
    ['a large number', number, 'cd012c', 300],
    ['a negative number', number, 'd0f6', -10],
    ['a number in a float', number, 'cb3ff8000000000000', 1.5],
    ['a number as a decimal', number, 'a3312e35', 1.5],
    ['truth', { kind: 'bool' }, 'c3', true],
    ['a set, one of it unknown', { kind: 'set', of: text }, '92a161d40000', ['a', unknown]],
    ['an unknown list', { kind: 'list', of: text }, 'd40000', unknown],
    ['a mapping', { kind: 'map', of: text }, '81a161a162', { a: 'b' }],
    ['an object', { kind: 'object', attributes: attribute(number) }, '81a17602', { v: 2 }],
  ])('%s', (_, type, hex, value) => {
    expect(read(type, hex)).toEqual(value);
  });

  it('nothing at all is null, as of a resource that is not there yet', () => {
    expect(valuesFromWire(attribute(text), Buffer.from('c0', 'hex'))).toBeNull();
  });

  it.each<[AttributeType, string]>([
    [text, '07'],
    [number, 'a161'],
    [{ kind: 'set', of: text }, 'a161'],
  ])('what is of another type is an error: %j', (type, hex) => {
    expect(() => read(type, hex)).toThrow(`expected a ${type.kind}`);
  });
});

describe('to Terraform', () => {
  it.each<[string, Value, string]>([
    ['null', null, 'c0'],
    ['unknown', unknown, 'd40000'],
    ['a text', 'wrr', 'a3777272'],
    ['a number', 300, 'cd012c'],
    ['a list', ['a', unknown], '92a161d40000'],
    ['a mapping', { a: true }, '81a161c3'],
  ])('%s', (_, value, hex) => {
    expect(valuesToWire({ v: value }).toString('hex')).toBe(`81a176${hex}`);
  });

  it.each<[AttributeType, string]>([
    [text, '"string"'],
    [{ kind: 'map', of: number }, '["map","number"]'],
    [{ kind: 'set', of: { kind: 'list', of: { kind: 'bool' } } }, '["set",["list","bool"]]'],
  ])('a type: %j', (type, json) => {
    expect(JSON.stringify(typeText(type))).toBe(json);
  });
});

it('a stored state is read as JSON; what an older version had besides is left out, what it had not is null', () => {
  const both = [...attribute(text), { ...attribute(number)[0], name: 'w' } as Attribute];
  expect(valuesFromState(both, '{"v":"a","gone":[1]}')).toEqual({ v: 'a', w: null });
});
