// Runs a scenario from outside the lab's kernel: chooses the backend, starts the runner there, hands on what it says.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CausewayError, messageOf } from '../domain/error.ts';
import { mistakeText } from '../resource/mistake.ts';
import { type BackendChoice, chooseBackend } from './backend/choose.ts';
import { runInLab } from './backend/run-in-lab.ts';
import { prepareEtcd } from './etcd-programs.ts';
import { lookAround } from './look-around.ts';
import { etcdNames, parseScenario, type Scenario } from './scenario.ts';
import { ensureSystemPackages } from './system-packages.ts';

/**
 * More than any scenario takes, also on a busy machine, where each of its own limits is up to four times as long; a lab that hangs must not
 * stay for ever.
 */
const runLimitMs = 40 * 60_000;

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
