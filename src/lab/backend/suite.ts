// Packages of a Debian suite that this machine does not follow: an apt with folders of its own, which takes from the
// machine's apt only where Debian is fetched from. Signatures are verified as always.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CausewayError } from '../../domain/error.ts';

const run = promisify(execFile);
const timeoutMs = 300_000;
const reasonsShown = 3;
/** The list of all package names is some 2 MB. */
const outputLimitBytes = 64 * 1024 * 1024;
const debianKeys = '/usr/share/keyrings/debian-archive-keyring.gpg';

export interface Suite {
  readonly name: string;
  /** Of all its packages that begin with `prefix`. */
  packageNames(prefix: string): Promise<string[]>;
  /** Fetches `packages` into `folder` as .deb files. */
  download(packages: readonly string[], folder: string): Promise<void>;
}

/**
 * Fetches the list of `suite` into `folder`, which is apt's alone and is made. Throws `unavailable` where the suite is
 * out of reach, `refused` where its signature cannot be verified.
 */
export async function openSuite(suite: string, folder: string): Promise<Suite> {
  const uri = (await findDebian()) ?? (await updateThenFindDebian());
  if (uri === undefined) {
    throw suiteError(
      suite,
      'unavailable',
      'none of this machine’s package sources (apt-get indextargets) is Debian’s',
    );
  }
  for (const part of ['lists/partial', 'archives/partial'])
    mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(
    join(folder, 'suite.sources'),
    sourceOf(uri, suite, existsSync(debianKeys) ? debianKeys : undefined),
  );
  const apt = async (program: string, words: readonly string[], cwd = folder): Promise<string> => {
    const argv = [...aptOptions(folder), ...words];
    const limits = { cwd, timeout: timeoutMs, maxBuffer: outputLimitBytes };
    try {
      return (await run(program, argv, { ...limits, env: { ...process.env, LC_ALL: 'C.UTF-8' } })).stdout;
    } catch (error) {
      throw whyFailed(suite, error);
    }
  };
  await apt('apt-get', ['update', '-q']);
  return {
    name: suite,
    packageNames: async (prefix) =>
      (await apt('apt-cache', ['pkgnames', prefix])).split('\n').filter(Boolean),
    download: async (packages, into) => void (await apt('apt-get', ['download', '-q', ...packages], into)),
  };
}

/** The machine's sources, `ORIGIN|LABEL|URI` a line → where Debian itself (no security or other archive) comes from. */
export function debianUri(targets: string): string | undefined {
  const rows = targets.split('\n').map((line) => line.split('|'));
  return rows.find(([origin, label]) => origin === 'Debian' && label === 'Debian')?.[2];
}

async function findDebian(): Promise<string | undefined> {
  const words = ['indextargets', '--format', '$(ORIGIN)|$(LABEL)|$(REPO_URI)', 'Created-By: Packages'];
  return debianUri((await run('apt-get', words, { timeout: timeoutMs })).stdout);
}

/** A machine that has never fetched its lists does not know whose they are. */
async function updateThenFindDebian(): Promise<string | undefined> {
  await run('apt-get', ['update', '-q'], { timeout: timeoutMs });
  return findDebian();
}

/** Without `keyring`, apt verifies by the keys that the machine trusts for any source. */
export function sourceOf(uri: string, suite: string, keyring: string | undefined): string {
  const lines = [
    ...['Types: deb', `URIs: ${uri}`, `Suites: ${suite}`, 'Components: main', 'Architectures: amd64'],
    ...(keyring === undefined ? [] : [`Signed-By: ${keyring}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Proxies and the like stay the machine's; sources, preferences, lists and what is installed do not. */
export function aptOptions(folder: string): string[] {
  const settings = [
    `Dir::State=${folder}`,
    `Dir::State::lists=${join(folder, 'lists')}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${folder}`,
    `Dir::Etc::sourcelist=${join(folder, 'suite.sources')}`,
    ...['sourceparts', 'preferences', 'preferencesparts'].map((part) => `Dir::Etc::${part}=/dev/null`),
    'APT::Sandbox::User=root',
    'Acquire::Retries=1',
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    // What cannot be fetched or verified is an error, whatever the machine's own settings say.
    'APT::Update::Error-Mode=any',
    'Acquire::AllowInsecureRepositories=false',
    'Acquire::AllowWeakRepositories=false',
    'Acquire::AllowDowngradeToInsecureRepositories=false',
    'APT::Get::AllowUnauthenticated=false',
  ];
  return settings.flatMap((setting) => ['-o', setting]);
}

const unverified = /NO_PUBKEY|(EXP|REV|BAD)(KEY)?SIG|is not signed|couldn't be verified|authenticated/;

/** apt's own words (`E: …`, `W: …`) for why a suite cannot be used, with the remedy where it is a missing key. */
export function whyFailed(suite: string, failure: unknown): CausewayError {
  const reason = reasonOf(failure);
  if (!unverified.test(reason)) return suiteError(suite, 'unavailable', `out of reach: ${reason}`, failure);
  const remedy = 'a newer package debian-archive-keyring may bring the key';
  return suiteError(
    suite,
    'refused',
    `its signature cannot be verified, so nothing of it is used (${remedy}): ${reason}`,
    failure,
  );
}

function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  if ('killed' in failure && failure.killed === true) return `no answer in ${timeoutMs / 1000} s`;
  const said = 'stderr' in failure ? String(failure.stderr) : '';
  const lines = said.split('\n').flatMap((line) => /^[EW]: (.*\S)/.exec(line)?.[1] ?? []);
  const reasons = new Set(lines.filter((line) => !line.startsWith('Some index files failed')));
  return reasons.size === 0 ? failure.message : [...reasons].slice(0, reasonsShown).join('; ');
}

function suiteError(
  suite: string,
  code: 'unavailable' | 'refused',
  message: string,
  cause?: unknown,
): CausewayError {
  return new CausewayError({ code, operation: 'fetch from Debian', subject: suite, message, cause });
}
