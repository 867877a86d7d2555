// The tests of what is shipped: what is built for them, and what of the machine they need. Shared by `npm test`, which runs
// those of the executable for this machine, and `npm run test:ship`, which runs all.
import { join } from 'node:path';
import { buildExecutable } from '../../deploy/executable/build.ts';
import { architectures } from '../../deploy/executable/node-binary.ts';
import { writeImageContext } from '../../deploy/images/build.ts';
import { buildProvider } from '../../deploy/provider/build.ts';
import { messageOf } from '../../src/domain/error.ts';
import { prepareLab } from '../../src/lab/backend/prepare.ts';
import { runHere } from '../../src/lab/backend/run-here.ts';
import { programVersion } from '../../src/runtime/version.ts';
import { reporting, root, vitest } from '../kernel-suite.ts';
import { nothing, type Outcome, readOutcome } from '../outcome.ts';
import { prepareTerraform } from '../terraform/program.ts';
import { whyNoLiveHost } from './live-systemd.ts';
import { type Shipped, shippedVariable } from './shipped.ts';
import { prepareArm64, prepareDebian, prepareImages } from './tools.ts';

const timeoutMs = 7_200_000;

export interface ShipSuite {
  /** `own`: the executable for this machine. */
  readonly what: 'own' | 'all';
  /** Where vitest's report goes. */
  readonly reportFile: string;
  readonly say: (line: string) => void;
  /** What was not tried, and why: for the end, where it is seen. */
  readonly notTried: string[];
  readonly output: Omit<Parameters<typeof runHere>[1], 'timeoutMs'>;
}

/** Throws what keeps an executable from being built. */
export async function runShipSuite(suite: ShipSuite): Promise<Outcome> {
  const { what, reportFile, say, notTried, output } = suite;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    notTried.push(
      `tests of executables skipped: they run on Linux on x64, not on ${process.platform} on ${process.arch}`,
    );
    return { ...nothing, skipped: 1 };
  }
  const { file } = await buildExecutable({ architecture: 'x64', log: say });
  const shipped = what === 'own' ? { x64: file } : await prepareAll(file, say, notTried);
  const files = what === 'own' ? ['test/ship/executable.test.ts'] : [];
  const config = ['--config', join('test', 'ship', 'vitest.config.ts'), '--configLoader', 'native'];
  const status = await runHere([...vitest, ...config, ...reporting(reportFile), ...files], {
    ...output,
    cwd: root,
    env: { ...output.env, [shippedVariable]: JSON.stringify(shipped) },
    timeoutMs,
  });
  return readOutcome(reportFile, status);
}

/** Each part that can't be had is left out, with its reason, and the tests that need it with it. */
async function prepareAll(x64: string, say: (line: string) => void, notTried: string[]): Promise<Shipped> {
  const part = async <T extends object>(title: string, work: () => Promise<T>): Promise<T | object> => {
    try {
      return await work();
    } catch (error) {
      notTried.push(`${title} skipped: ${messageOf(error)}`);
      return {};
    }
  };
  const arm64 = await part('tests of the arm64 executable', async () => {
    const { file } = await buildExecutable({ architecture: 'arm64', log: say });
    return { arm64: file };
  });
  const emulator = await part('running arm64', () => prepareArm64(say));
  const debian = await part('installing packages', () => prepareDebian(say));
  const packages = await part('tests of packages', async () => ({
    packages: await buildPackages(say, ['--out', join(root, 'dist', 'deb')]),
    laterPackages: await buildPackages(say, [
      ...['--out', join(root, 'dist', 'deb-later')],
      ...['--version', `${programVersion}+later`, '--compression', 'none'],
    ]),
  }));
  const whyNotLive = await whyNoLiveHost();
  if (whyNotLive !== undefined) notTried.push(`packages under a live systemd skipped: ${whyNotLive}`);
  const lab = await part('packages on a kernel with IPVS', async () => ({
    lab: (await prepareLab('auto', say)).kind,
  }));
  const images = await part('building and running images', async () => ({
    ...(await prepareImages(say)),
    imageContext: await writeImageContext({ architectures: ['x64'], log: say }),
  }));
  const provider = await part('tests of the Terraform provider', async () => {
    const { title } = await prepareTerraform(say);
    say(`the provider is tried under ${title}`);
    const outDir = join(root, 'dist', 'terraform');
    const [provider = '', arm64Provider = ''] = await buildProvider({ architectures, outDir, log: say });
    return { provider, arm64Provider };
  });
  const live = whyNotLive === undefined ? {} : { whyNotLive };
  return { x64, ...live, ...provider, ...arm64, ...emulator, ...debian, ...packages, ...lab, ...images };
}

/** As `npm run build:deb` does. */
async function buildPackages(say: (line: string) => void, words: readonly string[]): Promise<string[]> {
  const recipe = join(root, 'deploy', 'packages', 'build.ts');
  let files = '';
  const status = await runHere([process.execPath, recipe, ...words], {
    cwd: root,
    onStdout: (chunk) => {
      files += chunk.toString();
    },
    onStderr: (chunk) => say(chunk.toString().trimEnd()),
    timeoutMs,
  });
  if (status !== 0) throw new Error(`build:deb ended with status ${status}`);
  return files
    .trim()
    .split('\n')
    .map((file) => join(root, file));
}
