// Runs a scenario from outside the lab's kernel: chooses the backend, starts the runner there, hands on what it says.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CausewayError, messageOf } from '../domain/error.ts';
import { mistakeText } from '../resource/mistake.ts';
import { type BackendChoice, chooseBackend } from './backend/choose.ts';
import { runInLab } from './backend/run-in-lab.ts';
import { prepareEtcd } from './etcd-programs.ts';
import { lookAround } from './look-around.ts';
import { etcdNames, parseScenario, type Scenario, setsClocks } from './scenario.ts';
import { ensureSystemPackages } from './system-packages.ts';

/**
 * More than any scenario takes, also on a busy machine, where each of its own limits is up to four times as long; a lab that hangs must not
 * stay for ever.
 */
const runLimitMs = 40 * 60_000;
const versionLimitMs = 20_000;
const execute = promisify(execFile);

/**
 * Eleven Node processes and twice as many small ones; with less, the kernel drops pages of the programs and reads them
 * again, for seconds.
 */
const labMemoryMiB = 4_096;
/** A member of etcd: 100 MB, and as much again for the journal that it makes room for in advance, in memory. */
const memberMemoryMiB = 512;

export interface LabOptions {
  readonly scenarioFile: string;
  readonly backend: 'auto' | 'native' | 'vm';
  readonly reportFile: string | undefined;
  readonly keep: boolean;
  /** What hosts run in place of the bundles: the executable for this machine. */
  readonly executable?: string | undefined;
  /** The executable that stands in its place when all are restarted. */
  readonly upgradeTo?: string | undefined;
  /** Standard output is a terminal. */
  readonly terminal: boolean;
  readonly signal: AbortSignal;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Makes the bundles in `dist/`, where the caller can. */
  readonly build?: () => Promise<unknown>;
}

/** Where the bundled programs are. */
export const distFolder = fileURLToPath(new URL('../../dist/', import.meta.url));

/** Exit status: 0 where everything held, 1 otherwise. Throws what keeps the lab from running at all. */
export async function runLab(options: LabOptions): Promise<number> {
  const { stdout, stderr, signal } = options;
  const say = (line: string): void => stdout(`${line}\n`);
  const scenarioFile = resolve(options.scenarioFile);
  const scenario = readScenario(scenarioFile, options.scenarioFile, stderr);
  if (scenario === undefined) return 1;
  const reportFile = options.reportFile === undefined ? undefined : prepareReport(options.reportFile);
  const executables = await prepareExecutables(options, scenario, say);
  const backend = await prepareBackend(options.backend, say);
  const members = etcdNames(scenario).length;
  const etcd = members === 0 ? undefined : await prepareEtcd(say);
  if (etcd !== undefined) say(`etcd ${etcd.version}, ${members} members`);
  await options.build?.();
  const runner = join(distFolder, 'lab-runner.mjs');
  if (!existsSync(runner)) {
    throw new CausewayError({
      code: 'not-found',
      operation: 'run the lab',
      subject: runner,
      message: 'the programs are not built: npm run build',
    });
  }
  signal.throwIfAborted();
  const logs = mkdtempSync(join(tmpdir(), 'causeway-lab-'));
  const argv = [process.execPath, runner, scenarioFile, '--backend-name', backend.kind, '--logs', logs];
  if (etcd !== undefined) argv.push('--etcd', etcd.etcd);
  argv.push(...executables);
  if (reportFile !== undefined) argv.push('--report', reportFile);
  if (options.keep) argv.push('--keep');
  if (options.terminal) argv.push('--color');
  if (backend.kind === 'vm') argv.push('--disposable');
  const { exitStatus } = await runInLab(argv, {
    backend: backend.kind,
    memoryMiB: labMemoryMiB + members * memberMemoryMiB,
    keep: options.keep,
    timeoutMs: runLimitMs,
    signal,
    log: say,
    onReady: (bootMs) => {
      if (bootMs > 0) say(`kernel up (${(bootMs / 1_000).toFixed(1)} s)`);
    },
    onStdout: (chunk) => stdout(chunk.toString()),
    onStderr: (chunk) => stderr(chunk.toString()),
  });
  if (exitStatus === 0) rmSync(logs, { recursive: true, force: true });
  else say(`The logs of every program are in ${logs}`);
  if (options.keep) for (const line of lookAround(scenario, distFolder)) say(line);
  return exitStatus === 0 ? 0 : 1;
}

/** Mistakes are shown before anything is started. */
function readScenario(path: string, name: string, stderr: (text: string) => void): Scenario | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CausewayError({
      code: 'not-found',
      operation: 'read scenario',
      subject: name,
      message: messageOf(cause),
      cause,
    });
  }
  const parsed = parseScenario(text, name);
  for (const mistake of parsed.mistakes ?? []) stderr(`${mistakeText(mistake)}\n`);
  return parsed.scenario;
}

/** Words for the runner. A file that does not run here is refused before a kernel boots. */
async function prepareExecutables(
  { executable, upgradeTo }: LabOptions,
  scenario: Scenario,
  say: (line: string) => void,
): Promise<string[]> {
  if (executable === undefined) {
    if (upgradeTo !== undefined)
      throw misuse(upgradeTo, 'bundles are not upgraded: name an --executable as well');
    return [];
  }
  if (setsClocks(scenario))
    throw misuse(executable, 'clocks are set for bundles alone: leave out --executable');
  const words = ['--executable', await knownExecutable(executable, 'hosts run', say)];
  return upgradeTo === undefined
    ? words
    : [...words, '--upgrade-to', await knownExecutable(upgradeTo, 'and after their restart', say)];
}

/** Its path, without links. */
async function knownExecutable(file: string, title: string, say: (line: string) => void): Promise<string> {
  try {
    const path = realpathSync(file);
    const { stdout } = await execute(path, ['--version'], { timeout: versionLimitMs });
    say(`${title} ${file} (${stdout.trim()})`);
    return path;
  } catch (cause) {
    throw misuse(file, `it does not run: ${messageOf(cause)}`);
  }
}

function misuse(subject: string, message: string): CausewayError {
  return new CausewayError({ code: 'refused', operation: 'run the lab', subject, message });
}

/** A report of an earlier run must not be taken for this one's. */
function prepareReport(file: string): string {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  return path;
}

async function prepareBackend(
  wanted: LabOptions['backend'],
  say: (line: string) => void,
): Promise<BackendChoice> {
  // To find out what this kernel can do takes the tools that the native backend needs; a machine is the other way.
  const choice = await chooseBackend(wanted);
  say(`backend: ${choice.kind} (${choice.reason})`);
  await ensureSystemPackages(choice.kind, say);
  return choice;
}
