// What `npm test` runs: style, types, tests that need nothing, the executable, the provider under Terraform, the bundles, and the
// tests on a real kernel.
//   npm test [-- --only unit|kernel|terraform|scenarios] [-- NAME]      NAME: only the test files whose path contains it
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from '../deploy/build.ts';
import { messageOf } from '../src/domain/error.ts';
import { prepareLab } from '../src/lab/backend/prepare.ts';
import { runHere } from '../src/lab/backend/run-here.ts';
import { prepareEtcd } from '../src/lab/etcd-programs.ts';
import { reporting, root, runKernelSuite, vitest } from './kernel-suite.ts';
import { failedCheck, nothing, type Outcome, passedCheck, readOutcome, sum } from './outcome.ts';
import { runShipSuite } from './ship/suite.ts';
import { whyNoSshHosts } from './terraform/acceptance/why-no-ssh-hosts.ts';
import { findTerraform, prepareTerraform } from './terraform/program.ts';

const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
const checkTimeoutMs = 300_000;
const unitTimeoutMs = 600_000;
const scenariosTimeoutMs = 1_800_000;
const terraformTimeoutMs = 1_800_000;

const { only, names } = readArguments();
const results = mkdtempSync(join(tmpdir(), 'causeway-test-'));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
}
const output = {
  cwd: root,
  env: process.stdout.isTTY ? { FORCE_COLOR: '1' } : {},
  onStdout: (chunk: Buffer) => void process.stdout.write(chunk),
  onStderr: (chunk: Buffer) => void process.stderr.write(chunk),
  signal: interrupted.signal,
};
type Output = typeof output;

const outcomes: Outcome[] = [];
/** Said at the end, where it is seen: what was not tried, and why. */
const notTried: string[] = [];
if (only === 'scenarios') {
  outcomes.push(await step('scenarios', runScenarios));
}
if (only === undefined || only === 'unit') {
  if (names.length === 0) {
    outcomes.push(await step('style (biome)', () => check([bin('biome'), 'check', '.'])));
    outcomes.push(await step('types (tsc)', () => check([bin('tsc')])));
  }
  // Unit tests wait for much of their time, Terraform never does.
  const beside = only === undefined ? aside('the provider under Terraform', runTerraform) : undefined;
  outcomes.push(await step('unit, property and architecture tests', runUnit));
  if (beside !== undefined) outcomes.push(await beside());
  if (names.length === 0) outcomes.push(await step('the executable', runExecutable));
}
if (only === 'terraform') {
  outcomes.push(await step('the provider under Terraform', () => runTerraform(output)));
}
if (only === undefined) {
  notTried.push('stories on a real kernel of a minute and more not run: npm test -- --only kernel slow');
  notTried.push('scenarios that wait for leases and elections not run: npm test -- --only scenarios');
  notTried.push(
    'packages, under a live systemd too, and images not tried, which are built first: npm run test:ship',
  );
}
if (only === undefined || only === 'kernel') {
  outcomes.push(await step('programs in dist/', bundle));
  outcomes.push(await step('tests on a real kernel', runKernel));
}
rmSync(results, { recursive: true, force: true });
const total = sum(outcomes);
if (total.passed + total.failed === 0) say(`no test matches ${names.join(' ')}`);
for (const line of notTried) say(line);
for (const line of total.failures) say(`failed: ${line}`);
const skipped = total.skipped === 0 ? '' : `, ${total.skipped} skipped`;
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

function readArguments(): {
  only: 'unit' | 'kernel' | 'terraform' | 'scenarios' | undefined;
  names: string[];
} {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { only: { type: 'string' } },
    });
    const chosen = values.only;
    if (
      chosen === undefined ||
      chosen === 'unit' ||
      chosen === 'kernel' ||
      chosen === 'terraform' ||
      chosen === 'scenarios'
    )
      return { only: chosen, names: positionals };
    say(`--only ${chosen}: expected unit, kernel, terraform or scenarios`);
  } catch (error) {
    say(messageOf(error));
  }
  process.exit(2);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One part of the whole: says when it begins and how it ended; what it throws is a failure, not the end. */
async function step(title: string, work: () => Promise<Outcome>): Promise<Outcome> {
  if (interrupted.signal.aborted) return failedCheck(title);
  say(`\n── ${title}`);
  const startedAt = performance.now();
  const outcome = await work().catch((error: unknown) => {
    say(`causeway: ${messageOf(error)}`);
    return failedCheck(`${title}: ${messageOf(error)}`);
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`── ${title}: ${outcome.failed === 0 ? 'ok' : `${outcome.failed} failed`} (${seconds} s)`);
  return outcome;
}

async function check(argv: readonly string[]): Promise<Outcome> {
  const status = await runHere(argv, { ...output, timeoutMs: checkTimeoutMs });
  return status === 0 ? passedCheck : failedCheck(argv.join(' '));
}

async function etcdOfTests(): Promise<void> {
  await prepareEtcd(say).catch((error: unknown) => {
    notTried.push(`tests with a real etcd skipped, since there is none: ${messageOf(error)}`);
  });
}

async function runScenarios(): Promise<Outcome> {
  await etcdOfTests();
  const file = join(results, 'scenarios.json');
  const config = ['--config', join('test', 'scenarios', 'vitest.config.ts')];
  const status = await runHere([...vitest, ...config, ...reporting(file), ...names], {
    ...output,
    timeoutMs: scenariosTimeoutMs,
  });
  return readOutcome(file, status);
}

/** Begins a step beside others; what it prints comes when it is waited for. */
function aside(title: string, work: (to: Output) => Promise<Outcome>): () => Promise<Outcome> {
  const printed: Buffer[] = [];
  const keep = (chunk: Buffer): undefined => void printed.push(chunk);
  const running = work({ ...output, onStdout: keep, onStderr: keep });
  running.catch(() => {}); // Told by whoever waits for it.
  return () =>
    step(title, () =>
      running.finally(() => {
        for (const chunk of printed) process.stdout.write(chunk);
      }),
    );
}

/** Building an OpenTofu takes half an hour of a busy machine: only who asks for it gets one. */
async function runTerraform(to: Output): Promise<Outcome> {
  const skipped = (why: string): Outcome => {
    notTried.push(`tests under Terraform skipped: ${why}`);
    return { ...nothing, skipped: 1 };
  };
  let program = await findTerraform();
  if (program === undefined && only === undefined)
    return skipped('no terraform or tofu (npm test -- --only terraform builds one where there is Go)');
  try {
    program ??= await prepareTerraform(say);
  } catch (error) {
    return skipped(messageOf(error));
  }
  say(`under ${program.title} (${program.path})`);
  const file = join(results, 'terraform.json');
  const config = ['--config', join('test', 'terraform', 'acceptance', 'vitest.config.ts')];
  const whyNot = only === undefined ? 'npm test -- --only terraform' : whyNoSshHosts();
  if (whyNot !== undefined) notTried.push(`the module for hosts over SSH not tried: ${whyNot}`);
  const without = whyNot === undefined ? [] : ['--exclude', 'test/terraform/acceptance/site.test.ts'];
  const status = await runHere([...vitest, ...config, ...reporting(file), ...without, ...names], {
    ...to,
    timeoutMs: terraformTimeoutMs,
  });
  return readOutcome(file, status);
}

async function runUnit(): Promise<Outcome> {
  await etcdOfTests();
  const file = join(results, 'unit.json');
  const status = await runHere([...vitest, ...reporting(file), ...names], {
    ...output,
    timeoutMs: unitTimeoutMs,
  });
  return readOutcome(file, status);
}

/** What takes longer (another architecture, packages, installing them) is left to `npm run test:ship`. */
function runExecutable(): Promise<Outcome> {
  return runShipSuite({ what: 'own', reportFile: join(results, 'ship.json'), say, notTried, output });
}

/** Counts only when it fails: that it works is what the tests that use it say. */
async function bundle(): Promise<Outcome> {
  await buildAll({ log: say });
  return nothing;
}

async function runKernel(): Promise<Outcome> {
  if (process.env.CAUSEWAY_SKIP_KERNEL === '1') {
    const files = globSync('test/kernel/**/*.test.ts', { cwd: root });
    say(`${files.length} files of kernel tests skipped, since CAUSEWAY_SKIP_KERNEL=1`);
    return { ...nothing, skipped: Math.max(files.length, 1) };
  }
  const { kind, reason } = await prepareLab('auto', say);
  say(kind === 'native' ? `on this kernel: ${reason}` : `booting the lab machine (${reason}) …`);
  return runKernelSuite({
    backend: kind,
    names,
    slow: only === 'kernel',
    reportFile: join(results, 'kernel.json'),
    say,
    output,
  });
}
