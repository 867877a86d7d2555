// What docs/operating.md tells people to type is there, and what it quotes is what the programs say.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { driftNames } from '../../src/domain/drift.ts';
import { findingKinds } from '../../src/domain/finding.ts';
import { fakeCoordinator } from '../cli/fake-coordinator.ts';
import { run } from '../cli/fake-io.ts';
import { status } from '../cli/status.fixture.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/operating.md');
const code = [...page.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

describe('docs/operating.md', () => {
  const commands = new Set(
    code.flatMap((text) => text.split(' && ')).flatMap((text) => /^causeway ([a-z]+)/.exec(text)?.[1] ?? []),
  );
  it.each([...commands])('causeway %s is a command', async (command) => {
    const { status: exit, out } = await run(`${command} --help`, { admin: fakeCoordinator(status) });
    expect({ exit, out }).toMatchObject({
      exit: 0,
      out: expect.stringContaining(`Usage: causeway ${command}`),
    });
  });

  const quoted = [...page.matchAll(/^\| ("[^|]+)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/"([^"]+)"/g)].flatMap(([, text = '']) => text.split(' … ')),
  );
  const sources = globSync('{src,agents}/**/*.ts', { cwd: root.pathname }).map(read).join('\n');
  it.each(quoted)('“%s” is said by a program', (text) => {
    expect(sources.includes(text), text).toBe(true);
  });

  it('has the names of drift, all of them, word for word', () => {
    const section = page.slice(page.indexOf('<!-- drift -->'), page.indexOf('**`observe: true`**'));
    const rows = [...section.matchAll(/^\| `([a-z-]+)` +\| (.*?) +\|$/gm)].map(([, name, about]) => [
      name,
      about,
    ]);
    expect(rows).toEqual(Object.entries(driftNames));
  });

  it('has the findings of the doctor, all of them, word for word', () => {
    const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, id, about, why]) => [id, about, why],
    );
    const kinds = Object.entries(findingKinds).map(([id, { about, why }]) => [id, about, why]);
    expect(rows).toEqual(kinds);
  });
});
