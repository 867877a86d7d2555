// A release in one command: `npm run release -- VERSION [--dry-run]`. Nothing is pushed: that is for whoever made it, once he has looked.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { writeSums } from '../sums.ts';
import { compareVersions, type Repository, releasePlan, type Step, stepText } from './plan.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const usage = `Usage: npm run release -- VERSION [--dry-run]

Sets the version, writes CHANGELOG.md from the commits since the last release, commits, builds executables, packages
and the Terraform provider, collects them with their checksums in dist/release/VERSION, and tags. Pushes nothing.

  --dry-run   print the steps and the changelog; write nothing

Example: npm run release -- 0.2.0 --dry-run
`;
const builds = ['build:bin', 'build:deb', 'build:provider'];
const manifestSchema = z.looseObject({ version: z.string(), scripts: z.record(z.string(), z.string()) });
const lockSchema = z.looseObject({ version: z.string(), packages: z.looseObject({ '': z.looseObject({}) }) });

function main(): number {
  const { values, positionals } = parseArgs({
    options: { 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  const [version, ...others] = positionals;
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  if (version === undefined || others.length > 0) {
    process.stderr.write(usage);
    return 2;
  }
  const { scripts } = manifest();
  const plan = releasePlan(
    repository(version),
    builds.filter((script) => scripts[script] !== undefined),
  );
  if ('mistakes' in plan) {
    for (const mistake of plan.mistakes) process.stderr.write(`release: ${mistake}\n`);
    return 1;
  }
  for (const step of plan.steps) {
    process.stdout.write(`${stepText(step)}\n`);
    if (values['dry-run'] !== true) carryOut(step);
    else if (step.kind === 'write') process.stdout.write(`${step.text.replaceAll(/^(?=.)/gm, '    ')}`);
  }
  return 0;
}

function repository(version: string): Repository {
  const tags = lines(git('tag', '--list', 'v*'));
  const last = tags.toSorted((one, other) => compareVersions(one.slice(1), other.slice(1))).at(-1);
  const range = last === undefined ? 'HEAD' : `${last}..HEAD`;
  const commits = lines(git('log', '--no-merges', '--format=%h %s', range)).map((line) => {
    const [hash = '', ...subject] = line.split(' ');
    return { hash, subject: subject.join(' ') };
  });
  const changelogFile = join(root, 'CHANGELOG.md');
  return {
    version,
    current: manifest().version,
    changed: lines(git('status', '--porcelain')).map((line) => line.slice(3)),
    tags,
    commits,
    changelog: existsSync(changelogFile) ? readFileSync(changelogFile, 'utf8') : '',
    day: new Date().toISOString().slice(0, 10),
  };
}

function carryOut(step: Step): void {
  switch (step.kind) {
    case 'write':
      writeFileSync(join(root, step.file), step.text);
      return;
    case 'version':
      setVersion(step.version);
      return;
    case 'commit':
      git(
        'commit',
        '--quiet',
        '--message',
        step.message,
        '--',
        'package.json',
        'package-lock.json',
        'CHANGELOG.md',
      );
      return;
    case 'build': {
      const { status } = spawnSync('npm', ['run', step.script], { cwd: root, stdio: 'inherit' });
      if (status !== 0)
        throw new Error(
          `npm run ${step.script} failed; the release is committed and not tagged: mend it and tag by hand`,
        );
      return;
    }
    case 'collect': {
      const to = join(root, step.to);
      rmSync(to, { recursive: true, force: true });
      mkdirSync(to, { recursive: true });
      for (const folder of step.from.map((path) => join(root, path)).filter((path) => existsSync(path)))
        cpSync(folder, to, { recursive: true, filter: (path) => !/\/(\.[^/]*|SHA256SUMS)$/.test(path) });
      writeSums(to);
      return;
    }
    case 'tag':
      git('tag', '--annotate', '--message', step.name, step.name);
  }
}

/** What ends up in packages stands in two files. */
function setVersion(version: string): void {
  writeManifest('package.json', { ...manifest(), version });
  const lock = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const packages = { ...lock.packages, '': { ...lock.packages[''], version } };
  writeManifest('package-lock.json', { ...lock, version, packages });
}

function writeManifest(file: string, value: object): void {
  writeFileSync(join(root, file), `${JSON.stringify(value, undefined, 2)}\n`);
}

function manifest(): z.infer<typeof manifestSchema> {
  return manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', timeout: 60_000, maxBuffer: 64 * 2 ** 20 });
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

process.exitCode = main();
