/** Where the tests' Terraform comes from: what is on the PATH, or else an OpenTofu that is built once, into the cache. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../src/lab/backend/cache.ts';

const run = promisify(execFile);
const askTimeoutMs = 60_000;
/** On two cores that others use as well. */
const buildTimeoutMs = 5_400_000;

/** Any program that takes Terraform's words: a path, in place of what is looked for. */
const variable = 'CAUSEWAY_TERRAFORM';

/** The provider's checks and `import` blocks. */
const oldest = { terraform: [1, 5], tofu: [1, 6] } as const;

const tofuVersion = '1.12.6';
const oldestGo = [1, 26] as const;
/** A module of the tests' own: with the replacement that OpenTofu's own has. */
const goModule = `module causeway.internal/tofu

go ${oldestGo.join('.')}

require github.com/opentofu/opentofu v${tofuVersion}

replace github.com/hashicorp/hcl/v2 v2.20.1 => github.com/opentofu/hcl/v2 v2.20.2-0.20251021132045-587d123c2828
`;

export interface TerraformProgram {
  readonly path: string;
  /** `Terraform v1.11.4`. */
  readonly title: string;
}

/** Undefined where there is none that is new enough. */
export async function findTerraform(
  env: NodeJS.ProcessEnv = process.env,
): Promise<TerraformProgram | undefined> {
  const chosen = env[variable];
  if (chosen !== undefined && chosen !== '') return await askedAs(chosen);
  return (await askedAs('terraform')) ?? (await askedAs('tofu')) ?? (await askedAs(builtTofu()));
}

async function askedAs(path: string): Promise<TerraformProgram | undefined> {
  try {
    const { stdout } = await run(path, ['version'], {
      timeout: askTimeoutMs,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, CHECKPOINT_DISABLE: '1' },
    });
    const [, name = '', version = ''] = /^(Terraform|OpenTofu) v([\w.-]+)/m.exec(stdout) ?? [];
    const wanted = name === 'OpenTofu' ? oldest.tofu : oldest.terraform;
    return isAtLeast(version, wanted) ? { path, title: `${name} v${version}` } : undefined;
  } catch {
    return undefined;
  }
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function builtTofu(): string {
  return join(cacheFolder(), `tofu-${tofuVersion}`, 'tofu');
}

/** Builds OpenTofu where there is no other. Throws with the reason where that can't be: no Go, or no modules. */
export async function prepareTerraform(log: (line: string) => void): Promise<TerraformProgram> {
  const found = await findTerraform();
  if (found !== undefined) return found;
  const { stdout } = await run('go', ['env', 'GOVERSION'], { timeout: askTimeoutMs }).catch(() => ({
    stdout: '',
  }));
  const go = /^go(\S+)/.exec(stdout)?.[1];
  if (go === undefined || !isAtLeast(go, oldestGo))
    throw new Error(`no terraform or tofu on the PATH, and no Go ${oldestGo.join('.')} to build one`);
  const folder = join(cacheFolder(), `tofu-${tofuVersion}`);
  const part = `${folder}.${process.pid}`;
  log(`building OpenTofu ${tofuVersion} (once; 110 MB from 1.4 GB of modules, 8 minutes of a processor) …`);
  try {
    mkdirSync(part, { recursive: true });
    writeFileSync(join(part, 'go.mod'), goModule);
    const words = ['-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', join(part, 'tofu')];
    await run('nice', ['-n', '15', 'go', 'build', ...words, 'github.com/opentofu/opentofu/cmd/tofu'], {
      cwd: part,
      timeout: buildTimeoutMs,
      maxBuffer: 64 << 20,
    });
    if (!existsSync(folder)) renameSync(part, folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  const built = await askedAs(builtTofu());
  if (built === undefined) throw new Error(`the OpenTofu that was built (${builtTofu()}) does not run`);
  return built;
}
