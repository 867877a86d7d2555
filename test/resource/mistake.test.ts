import { describe, expect, it } from 'vitest';
import { foundText, mistakeText, type PathStep, pathSteps, pathText } from '../../src/resource/mistake.ts';

describe('the text of a mistake', () => {
  const mistake = {
    file: 'web.yaml',
    line: 7,
    column: 5,
    path: 'spec.ports[0]',
    found: '"0/tcp"',
    expected: 'more',
  };

  it('says where, what and what is allowed', () => {
    expect(mistakeText(mistake)).toBe('web.yaml:7: spec.ports[0]: found "0/tcp", expected more');
    expect(mistakeText({ ...mistake, line: 0, path: '' })).toBe('web.yaml: found "0/tcp", expected more');
  });

  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [80, '80'],
    ['a\n"b', '"a\\n\\"b"'],
    [[], 'an empty list'],
    [[1], 'a list'],
    [{}, 'a mapping'],
    ['x'.repeat(100), `"${'x'.repeat(58)}…`],
  ])('shows %j as %s', (value, text) => expect(foundText(value)).toBe(text));

  const paths: [PathStep[], string][] = [
    [[], ''],
    [['spec', 'ports', 0], 'spec.ports[0]'],
    [['spec', 'selector', 'app.kubernetes.io/name'], 'spec.selector["app.kubernetes.io/name"]'],
    [['spec', 'selector', 'a"b'], 'spec.selector["a\\"b"]'],
  ];
  it.each(paths)('writes the path %j as %s, and reads it back', (steps, text) => {
    expect(pathText(steps)).toBe(text);
    expect(pathSteps(text)).toEqual(steps);
  });
});

it.each([
  ['-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----\n', '"a private key"'],
  ['-----BEGIN EC PRIVATE KEY-----\ns3cr3t', '"a private key"'],
  ['https://root:s3cr3t@10.1.0.9:2379', '"https://root:…@10.1.0.9:2379"'],
  ['https://10.1.0.9:2379', '"https://10.1.0.9:2379"'],
])('a secret in the wrong place is not shown: %j', (value, expected) => {
  expect(foundText(value)).toBe(expected);
});
