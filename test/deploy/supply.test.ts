// What this repository takes from others: from which bytes, under which licences, and that nothing of it runs while it is installed.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Licensed, licencesPage, licensed, notAllowed } from '../../deploy/licences.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const lockfileText = read('package-lock.json');
const { packages } = JSON.parse(lockfileText) as {
  packages: Record<string, { version?: string; integrity?: string; resolved?: string; link?: boolean }>;
};
const own = JSON.parse(read('package.json'));

/** Without what the formatter adds: tables as wide as their widest cell. */
const plain = (text: string): string => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---').trim();

test('every package is named with its version and its bytes, and comes from no place of its own', () => {
  const loose = Object.entries(packages).filter(
    ([folder, { version, integrity = '', resolved, link }]) =>
      folder !== '' &&
      (version === undefined ||
        !/^sha512-[\w+/]{86}==$/.test(integrity) ||
        resolved !== undefined ||
        link === true),
  );
  expect(loose.map(([folder]) => folder)).toEqual([]);
});

test('the lockfile is that of package.json', () => {
  const { dependencies, devDependencies, optionalDependencies } = own;
  expect(packages['']).toMatchObject({ dependencies, devDependencies, optionalDependencies });
});

test('what programs are made of is asked for by exact versions', () => {
  const asked = Object.entries<string>({ ...own.dependencies, ...own.optionalDependencies });
  expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('no script of a package runs when it is installed', () => {
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
  expect(read('deploy/setup.mjs')).toContain("['install', '--ignore-scripts',");
});

test('docs/licences.md is current (else: npm run licences), and every licence allowed', () => {
  const all = licensed(lockfileText);
  expect(notAllowed(all)).toEqual([]);
  expect(plain(read('docs/licences.md'))).toBe(plain(licencesPage(all)));
});

const one = (license: string, isTool = false): Licensed => ({ name: 'x', version: '1.0.0', license, isTool });

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['Apache-2.0 AND MIT', true],
  ['MIT AND GPL-3.0-only', false],
  ['MPL-2.0', false],
  ['GPL-3.0-only', false],
  ['SEE LICENSE IN LICENSE', false],
  ['none', false],
])('%s in what is shipped: %s', (license, isAllowed) => {
  expect(notAllowed([one(license)])).toHaveLength(isAllowed ? 0 : 1);
});

test('a tool may stand under MPL-2.0 and CC0-1.0 as well, and under nothing further', () => {
  expect(notAllowed([one('MPL-2.0', true), one('CC0-1.0', true), one('AGPL-3.0-only', true)])).toEqual([
    one('AGPL-3.0-only', true),
  ]);
});
