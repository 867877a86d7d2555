import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Repository, releasePlan, stepText } from '../../deploy/release/plan.ts';

const repository: Repository = {
  version: '0.2.0',
  current: '0.1.0',
  changed: [],
  tags: ['v0.1.0'],
  commits: [
    { hash: 'b', subject: 'A dead host is out of use within 700 ms' },
    { hash: 'a', subject: 'What an agent says is bounded' },
    { hash: '9', subject: 'What an agent says is bounded' },
  ],
  changelog: '# Changes\n\n## 0.1.0 (2026-10-01)\n\n- The beginning\n',
  day: '2026-11-26',
};

describe('a release', () => {
  it('is committed before it is built, and tagged when all is there', () => {
    const plan = releasePlan(repository, ['build:bin', 'build:deb']);
    expect('steps' in plan ? plan.steps.map(stepText) : plan).toEqual([
      'set version 0.2.0 in package.json and package-lock.json',
      'write CHANGELOG.md (10 lines)',
      'commit "Release 0.2.0"',
      'npm run build:bin',
      'npm run build:deb',
      'collect what is in dist/bin, dist/deb, dist/terraform into dist/release/0.2.0, with SHA256SUMS',
      'tag v0.2.0',
    ]);
  });

  it('tells each change once, above the releases before', () => {
    const plan = releasePlan(repository, []);
    const texts =
      'steps' in plan ? plan.steps.flatMap((step) => (step.kind === 'write' ? [step.text] : [])) : [];
    expect(texts).toEqual([
      [
        '# Changes',
        '',
        '## 0.2.0 (2026-11-26)',
        '',
        '- A dead host is out of use within 700 ms',
        '- What an agent says is bounded',
        '',
        '## 0.1.0 (2026-10-01)',
        '',
        '- The beginning',
        '',
      ].join('\n'),
    ]);
  });

  it.each([
    [
      'a version that is none',
      { version: 'v2' },
      'VERSION: found "v2", expected three numbers, such as 0.2.0',
    ],
    ['an older one', { version: '0.0.9' }, 'VERSION: found 0.0.9, expected 0.1.0 (package.json) or newer'],
    ['one that is released', { version: '0.1.0' }, 'v0.1.0 is released already: choose a newer version'],
    [
      'what is not committed',
      { changed: ['a', 'b', 'c', 'd', 'e', 'f'] },
      'changed and not committed: a, b, c, d, e and 1 more: commit or put away',
    ],
    ['nothing new', { commits: [] }, 'nothing was committed since the last release'],
  ])('is refused: %s', (_, change, mistake) => {
    expect(releasePlan({ ...repository, ...change }, [])).toEqual({ mistakes: [mistake] });
  });
});

it('run dry, writes nothing and says what it would do, or what stands in the way', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const state = () => execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' });
  const before = state();
  const args = ['deploy/release/release.ts', '999.0.0', '--dry-run'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (before === '')
    expect({ status, last: stdout.trim().split('\n').at(-1) }).toEqual({ status: 0, last: 'tag v999.0.0' });
  else
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('changed and not committed'),
    });
  expect(state()).toBe(before);
});
