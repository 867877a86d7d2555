import { describe, expect, it } from 'vitest';
import { aptOptions, debianUri, sourceOf, whyFailed } from '../../../src/lab/backend/suite.ts';

describe('debianUri', () => {
  it.each([
    {
      name: 'Debian, not its security archive',
      targets: 'Debian|Debian-Security|http://m.example/sec/\nDebian|Debian|http://m.example/debian/\n',
      uri: 'http://m.example/debian/',
    },
    {
      name: 'of several the first',
      targets: 'Debian|Debian|http://a.example/\nDebian|Debian|http://b.example/',
      uri: 'http://a.example/',
    },
    { name: 'no Debian', targets: 'Ubuntu|Ubuntu|http://u.example/\n', uri: undefined },
    { name: 'lists never fetched', targets: '', uri: undefined },
  ])('$name', ({ targets, uri }) => {
    expect(debianUri(targets)).toBe(uri);
  });
});

describe('an apt of the lab’s own', () => {
  it('reads one suite, verified by Debian’s keys', () => {
    expect(sourceOf('http://m.example/debian/', 'forky', '/k.gpg').split('\n')).toEqual([
      ...['Types: deb', 'URIs: http://m.example/debian/', 'Suites: forky', 'Components: main'],
      ...['Architectures: amd64', 'Signed-By: /k.gpg', ''],
    ]);
  });

  it('leaves the machine’s sources, preferences and lists alone', () => {
    const options = aptOptions('/c/apt');
    for (const part of ['Dir::State=', 'Dir::State::lists=', 'Dir::Cache=', 'Dir::Etc::sourcelist=']) {
      expect(options.find((option) => option.startsWith(part))).toContain('/c/apt');
    }
    expect(options).toContain('Dir::Etc::sourceparts=/dev/null');
    expect(options).toContain('Dir::Etc::preferencesparts=/dev/null');
  });

  it('trusts nothing that the machine would not', () => {
    expect(sourceOf('http://m.example/', 'forky', undefined)).not.toMatch(/trusted|allow|Signed-By/i);
    const loose = aptOptions('/c').filter((option) => /Insecure|Weak|Unauthenticated/.test(option));
    expect(loose).toHaveLength(4);
    for (const option of loose) expect(option).toMatch(/=false$/);
  });
});

describe('whyFailed', () => {
  const apt = (stderr: string): Error => Object.assign(new Error('Command failed: apt-get'), { stderr });

  it.each([
    {
      name: 'a key that is missing',
      failure: apt(
        "W: GPG error: http://m.example forky InRelease: signatures couldn't be verified: NO_PUBKEY 0123\nE: The repository 'forky' is not signed.\n",
      ),
      code: 'refused',
      says: /forky: its signature cannot be verified, so nothing of it is used \(.*debian-archive-keyring.*NO_PUBKEY 0123/,
    },
    {
      name: 'a suite that is not there',
      failure: apt("E: The repository 'http://m.example nosuch Release' does not have a Release file.\n"),
      code: 'unavailable',
      says: /out of reach: The repository .* does not have a Release file/,
    },
    {
      name: 'a host that does not answer, said twice',
      failure: apt(
        'E: Failed to fetch http://m.example  Could not resolve\nE: Failed to fetch http://m.example  Could not resolve\n',
      ),
      code: 'unavailable',
      says: /out of reach: Failed to fetch http:\/\/m.example {2}Could not resolve$/,
    },
    {
      name: 'no apt at all',
      failure: new Error('spawn apt-get ENOENT'),
      code: 'unavailable',
      says: /ENOENT/,
    },
  ])('$name', ({ failure, code, says }) => {
    const error = whyFailed('forky', failure);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(says);
  });
});
