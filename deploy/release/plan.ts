// What a release would do, decided from what the repository is: printable, and walked by release.ts.

export interface Commit {
  readonly hash: string;
  readonly subject: string;
}

export interface Repository {
  /** What was asked for. */
  readonly version: string;
  /** Of package.json. */
  readonly current: string;
  /** Paths that are changed and not committed, as git status names them. */
  readonly changed: readonly string[];
  readonly tags: readonly string[];
  /** Since the last release, or from the beginning; the newest first, without merges. */
  readonly commits: readonly Commit[];
  /** CHANGELOG.md as it is; empty: there is none yet. */
  readonly changelog: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

export type Step =
  | { readonly kind: 'write'; readonly file: string; readonly text: string }
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'commit'; readonly message: string }
  | { readonly kind: 'build'; readonly script: string }
  | { readonly kind: 'collect'; readonly from: readonly string[]; readonly to: string }
  | { readonly kind: 'tag'; readonly name: string };

const versionPattern = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const heading = '# Changes\n';

/** What stands in the way of it, a line each; or its steps, in order. Building comes after the commit, since artefacts carry its time. */
export function releasePlan(
  repository: Repository,
  builds: readonly string[],
): { readonly mistakes: readonly string[] } | { readonly steps: readonly Step[] } {
  const mistakes = mistakesOf(repository);
  if (mistakes.length > 0) return { mistakes };
  const { version } = repository;
  const to = `dist/release/${version}`;
  return {
    steps: [
      { kind: 'version', version },
      { kind: 'write', file: 'CHANGELOG.md', text: changelogWith(repository) },
      { kind: 'commit', message: `Release ${version}` },
      ...builds.map((script): Step => ({ kind: 'build', script })),
      { kind: 'collect', from: ['dist/bin', 'dist/deb', 'dist/terraform'], to },
      { kind: 'tag', name: `v${version}` },
    ],
  };
}

function mistakesOf({ version, current, changed, tags, commits }: Repository): string[] {
  if (!versionPattern.test(version))
    return [`VERSION: found ${JSON.stringify(version)}, expected three numbers, such as 0.2.0`];
  const mistakes: string[] = [];
  if (tags.includes(`v${version}`)) mistakes.push(`v${version} is released already: choose a newer version`);
  else if (compareVersions(version, current) < 0)
    mistakes.push(`VERSION: found ${version}, expected ${current} (package.json) or newer`);
  if (changed.length > 0) {
    const more = changed.length > 5 ? ` and ${changed.length - 5} more` : '';
    mistakes.push(`changed and not committed: ${changed.slice(0, 5).join(', ')}${more}: commit or put away`);
  }
  if (commits.length === 0) mistakes.push('nothing was committed since the last release');
  return mistakes;
}

/** Below 0: `one` is older. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [one, other].map((version) => version.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The newest release first; what was written by hand below stays. */
export function changelogWith({ version, day, commits, changelog }: Repository): string {
  const lines = [...new Set(commits.map(({ subject }) => subject.trim()))].map((subject) => `- ${subject}`);
  const before = changelog.startsWith(heading) ? changelog.slice(heading.length) : changelog;
  return `${heading}\n## ${version} (${day})\n\n${lines.join('\n')}\n${before === '' ? '' : `\n${before.trimStart()}`}`;
}

export function stepText(step: Step): string {
  switch (step.kind) {
    case 'write':
      return `write ${step.file} (${step.text.split('\n').length - 1} lines)`;
    case 'version':
      return `set version ${step.version} in package.json and package-lock.json`;
    case 'commit':
      return `commit "${step.message}"`;
    case 'build':
      return `npm run ${step.script}`;
    case 'collect':
      return `collect what is in ${step.from.join(', ')} into ${step.to}, with SHA256SUMS`;
    case 'tag':
      return `tag ${step.name}`;
  }
}
