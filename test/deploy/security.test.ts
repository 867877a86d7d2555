// What docs/security.md shows is what the programs take.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { identityRoles } from '../../src/domain/identity.ts';
import { parseResources } from '../../src/resource/parse.ts';

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);

test.each(blocks('yaml'))('a file that it shows is one without a mistake: %s', (text) => {
  expect(parseResources(text, 'security.md')).not.toHaveProperty('mistakes');
});

test('every kind of identity has its row', () => {
  const told = [...page.matchAll(/^\| `spiffe:\/\/DOMAIN\/(\w+)\//gm)].map(([, role]) => role);
  expect(told.toSorted()).toEqual(Object.keys(identityRoles).toSorted());
});

test.each(blocks('json'))('a line of the audit that it shows is one: %s', (text) => {
  expect(JSON.parse(text)).toMatchObject({ coordinator: expect.any(String), result: 'done' });
});
