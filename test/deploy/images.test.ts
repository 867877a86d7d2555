// The Dockerfile, by a linter and by rules of our own: those that an engine would tell only where there is one.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { buildWords, engines, images, imageTargets } from '../../deploy/images/commands.ts';
import { configKeys, type Role } from '../../src/runtime/config-keys.ts';

const text = readFileSync(new URL('../../deploy/images/Dockerfile', import.meta.url), 'utf8');
const stages = stagesOf(text);

interface Stage {
  readonly from: string;
  readonly instructions: readonly (readonly [keyword: string, argument: string])[];
}

function stagesOf(dockerfile: string): Map<string, Stage> {
  const found = new Map<string, Stage>();
  let current: { from: string; instructions: [string, string][] } | undefined;
  for (const one of DockerfileParser.parse(dockerfile).getInstructions() as Instruction[]) {
    const argument = one.getArgumentsContent() ?? '';
    if (one.getKeyword() === 'FROM') {
      const [from = '', , name = ''] = argument.split(' ');
      current = { from, instructions: [] };
      found.set(name, current);
    } else current?.instructions.push([one.getKeyword(), argument]);
  }
  return found;
}

/** Of a stage and those that it stands on, the lowest first. */
function instructionsOf(name: string): readonly (readonly [string, string])[] {
  const stage = stages.get(name);
  return stage === undefined ? [] : [...instructionsOf(stage.from), ...stage.instructions];
}

function last(target: string, keyword: string): string | undefined {
  return instructionsOf(target).findLast(([one]) => one === keyword)?.[1];
}

it('has nothing that the linter finds', () => {
  expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
});

it('stands on one base, which is named to the point', () => {
  expect(text).toMatch(/^ARG BASE=debian:12\.\d+-slim$/m);
  for (const [name, { from }] of stages) expect(stages.has(from) || from === '$' + '{BASE}', name).toBe(true);
});

it('copies what the folder has, and fetches nothing but packages, and these without leftovers', () => {
  const everything = imageTargets.flatMap(instructionsOf);
  expect(everything.filter(([keyword]) => keyword === 'ADD')).toEqual([]);
  const sources = everything
    .filter(([keyword]) => keyword === 'COPY')
    .map(([, argument]) => argument.split(' ').filter((word) => !word.startsWith('--'))[0]);
  expect(new Set(sources)).toEqual(new Set(['causeway-$' + '{TARGETARCH}', 'licences', 'state']));
  const runs = new Set(everything.filter(([keyword]) => keyword === 'RUN').map(([, argument]) => argument));
  for (const run of runs) {
    expect(run).toMatch(/^command -v nft >\/dev\/null/);
    expect(run).toMatch(
      /apt-get install --yes --no-install-recommends nftables && rm -rf \/var\/lib\/apt\/lists\/\*/,
    );
  }
});

describe.each(imageTargets)('%s', (target) => {
  it('is a stage, with a title, a licence and a version, that ends as the program does', () => {
    expect(stages.has(target)).toBe(true);
    const labels = instructionsOf(target)
      .filter(([keyword]) => keyword === 'LABEL')
      .map(([, argument]) => argument)
      .join(' ');
    expect(labels).toContain(`org.opencontainers.image.title="${images[target]}"`);
    for (const label of ['description', 'licenses="Apache-2.0"', 'version="$' + '{VERSION}"'])
      expect(labels).toContain(`org.opencontainers.image.${label}`);
    expect(last(target, 'STOPSIGNAL')).toBe('SIGTERM');
    const words = target === 'client' ? ['/usr/bin/causeway'] : ['/usr/bin/causeway', target];
    expect(JSON.parse(last(target, 'ENTRYPOINT') ?? '[]')).toEqual(words);
  });

  it('is root where it programs a kernel alone', () => {
    const isAgent = target === 'director' || target === 'realserver';
    expect(last(target, 'USER')).toBe(isAgent ? undefined : '64480:64480');
    expect(instructionsOf(target).some(([keyword]) => keyword === 'RUN')).toBe(isAgent);
  });
});

describe.each(imageTargets.filter((one) => one !== 'client'))('%s', (target) => {
  const keys = configKeys[target satisfies Role];
  const host = { hostname: 'x' };

  it('keeps its state where the program does', () => {
    const [volume, ...others] = JSON.parse(last(target, 'VOLUME') ?? '[]');
    expect(others).toEqual([]);
    // The program makes the folder itself, for its own eyes.
    expect(volume).toBe(dirname(keys.stateDir.fallback?.(host) ?? ''));
  });

  it('is asked for its health where the program tells it', () => {
    const [, port = ''] = (keys.http.fallback?.(host) ?? '').split(':');
    expect(last(target, 'HEALTHCHECK')).toContain(`/dev/tcp/127.0.0.1/${port} `);
  });
});

it.each(engines)(
  '%s is told the stage, the architecture, the version, the time and another base',
  (engine) => {
    const words = buildWords(engine, {
      ...{ target: 'director', architecture: 'arm64', version: '1.2.3', seconds: 7 },
      ...{ base: 'localhost/own', context: 'dist/images' },
    });
    expect(words.join(' ')).toMatch(
      /^build .*--platform linux\/arm64 --target director --tag causeway-director:1\.2\.3-arm64 /,
    );
    for (const given of ['TARGETARCH=arm64', 'VERSION=1.2.3', 'SOURCE_DATE_EPOCH=7', 'BASE=localhost/own'])
      expect(words).toContain(given);
    expect(words.at(-1)).toBe('dist/images');
  },
);
