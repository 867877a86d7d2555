// What README tells people to type is what the programs take, and its files are those that are shipped.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { programs } from '../../deploy/build.ts';
import { parseResourceFiles } from '../../src/resource/parse.ts';
import { loadConfig } from '../../src/runtime/config.ts';
import { programRoles } from '../../src/runtime/config-keys.ts';
import { fakeCoordinator } from '../cli/fake-coordinator.ts';
import { run } from '../cli/fake-io.ts';
import { status } from '../cli/status.fixture.ts';

const root = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const example = 'deploy/examples/first-service';

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    (match) => match[1] ?? '',
  );
}

const files = readdirSync(new URL(example, root)).sort();
const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));

describe("README's first service", () => {
  it('shows the shipped files, byte for byte', () => {
    expect(blocks('yaml')).toEqual(files.map((file) => read(`${example}/${file}`)));
  });

  it('has files without a mistake', () => {
    const parsed = parseResourceFiles(files.map((file) => ({ file, text: read(`${example}/${file}`) })));
    expect('mistakes' in parsed ? parsed.mistakes : parsed.resources.map(({ name }) => name)).toEqual([
      'fra',
      'lon',
      'web',
    ]);
  });

  const built = /^node_modules\/\.bin\/node dist\/([a-z-]+)\.mjs ?(.*)$/;
  const calls = commands.flatMap((line) => {
    const [, program, args] = built.exec(line) ?? [];
    return program === undefined ? [] : [[program, args ?? ''] as const];
  });

  it.each(calls)('runs %s %s', async (program, args) => {
    expect(Object.keys(programs)).toContain(program);
    const role = programRoles.find((known) => program === `causeway-${known}`);
    if (role === undefined) {
      const texts = Object.fromEntries(
        files.map((file) => [`${example}/${file}`, read(`${example}/${file}`)]),
      );
      expect(await run(args, { admin: fakeCoordinator(status), files: texts })).toMatchObject({
        status: 0,
        err: '',
      });
    } else {
      const absent = () => {
        throw Object.assign(new Error('absent'), { code: 'ENOENT' });
      };
      expect(loadConfig(role, { argv: args.split(' '), env: {}, readFile: absent }).role).toBe(role);
    }
  });

  it('covers every program', () => {
    expect(new Set(calls.map(([program]) => program))).toEqual(
      new Set(['causeway', ...programRoles.map((role) => `causeway-${role}`)]),
    );
  });

  it('says npm commands that exist', () => {
    const scripts = JSON.parse(read('package.json')).scripts;
    for (const line of commands.filter((text) => text.startsWith('npm '))) {
      const name = line.replace(/^npm (run )?/, '').split(' ')[0] ?? '';
      expect(Object.keys(scripts), line).toContain(name);
    }
  });
});

describe('example configurations', () => {
  it.each(programRoles)('of a %s', (role) => {
    const path = `deploy/examples/config/${role}.yaml`;
    expect(loadConfig(role, { argv: ['--config', path], env: {}, readFile: read }).role).toBe(role);
  });
});

it.each([
  'README.md',
  'docs/operating.md',
  'docs/operating-etcd.md',
  'docs/security.md',
  'src/README.md',
  'terraform/README.md',
])('%s points at what is there', (file) => {
  const folder = file.includes('/') ? `${file.split('/')[0]}/` : '';
  const paths = [...read(file).matchAll(/`((?:\.\.\/)?[a-z0-9-]+\/[a-z0-9/.-]*)`/g)].map(
    (match) => match[1] ?? '',
  );
  for (const path of paths) {
    if (path === 'proto/' || path.startsWith('dist/')) continue;
    const there = [folder, ''].some((base) => readable(`${base}${path}`));
    expect(there, `${file}: ${path}`).toBe(true);
  }
});

function readable(path: string): boolean {
  try {
    if (path.endsWith('/')) readdirSync(new URL(path, root));
    else read(path);
    return true;
  } catch {
    return false;
  }
}
