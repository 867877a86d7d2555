/** How soon does a client feel nothing of a fault any more, beside keepalived in the same network? On the lab's kernel. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildAll } from '../../deploy/build.ts';
import { bundleBanner, ownPlace } from '../../deploy/own-place.ts';
import { CausewayError, messageOf } from '../../src/domain/error.ts';
import { chooseBackend } from '../../src/lab/backend/choose.ts';
import { runInLab } from '../../src/lab/backend/run-in-lab.ts';
import { distFolder } from '../../src/lab/run-lab.ts';
import { ensureSystemPackages, need } from '../../src/lab/system-packages.ts';
import { type FaultName, faultNames } from './detection/faults.ts';
import { keepalivedSettings } from './detection/keepalived.ts';
import { agentsAwayMs, watchMs } from './detection/measure.ts';
import type { Pace } from './detection/requests.ts';
import { linesOf, type Outcome, rowsOf } from './detection/rows.ts';
import type { Order, Told } from './detection/runner.ts';
import type { Benchmark } from './run.ts';

/** Below the second after which TCP sends its SYN again, which another real server might answer. */
const timeoutMs = 900;
const limitMs = 30 * 60_000;
const memoryMiB = 2_048;
/** In memory, gone with the machine. */
const runFolder = '/run/causeway-detection';
const programs = [need('keepalived', 'keepalived')];

export const detectionBenchmark: Benchmark = {
  summary: 'six faults on a real kernel, until the last failed request, beside keepalived (about 5 minutes)',
  options: {
    rounds: { type: 'string', default: '2' },
    rate: { type: 'string', default: '20' },
    // keepalived's own default is 1; with 0 one lost packet takes a server away.
    'keepalived-retry': { type: 'string', default: '0' },
    faults: { type: 'string', default: faultNames.join(',') },
  },
  async run(log, values) {
    const rounds = countOf('rounds', values.rounds, 1, 100);
    const rate = countOf('rate', values.rate, 1, 500);
    const keepalivedRetries = countOf('keepalived-retry', values['keepalived-retry'], 0, 10);
    const faults = faultsOf(String(values.faults));
    const { kind, reason } = await chooseBackend('auto');
    log(`lab: ${kind} (${reason})`);
    await ensureSystemPackages(kind, log, programs);
    await buildAll({ log });
    const folder = await bundle();
    const load = { rate, timeoutMs };
    const order = {
      places: { dist: distFolder, client: join(folder, 'client.mjs'), run: runFolder },
      load,
      faults,
      rounds,
      keepalivedRetries,
    };
    const found = await measureInLab(kind, join(folder, 'runner.mjs'), order, log);
    return {
      report: { rows: rowsOf(found.outcomes) },
      lines: [...linesOf(found.outcomes), '', ...conditions(kind, found, order)],
    };
  },
};

interface Found {
  outcomes: Outcome[];
  release: string;
  pace: Pace | undefined;
}

async function measureInLab(
  backend: 'native' | 'vm',
  runner: string,
  work: Omit<Order, 'logs'>,
  log: (line: string) => void,
): Promise<Found> {
  const found: Found = { outcomes: [], release: '', pace: undefined };
  let rest = '';
  let complaints = '';
  let failure: string | undefined;
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => interrupted.abort(new Error(`ended by ${name}`)));
  }
  const logs = mkdtempSync(join(tmpdir(), 'causeway-detection-'));
  const order: Order = { ...work, logs };
  try {
    const { exitStatus } = await runInLab([process.execPath, runner, JSON.stringify(order)], {
      backend,
      memoryMiB,
      timeoutMs: limitMs,
      signal: interrupted.signal,
      log,
      onStdout(chunk) {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) hear(JSON.parse(line) as Told, found, log);
      },
      onStderr: (chunk) => {
        complaints += chunk.toString();
      },
    });
    if (exitStatus !== 0) failure = complaints.trim() || `ended with status ${exitStatus}`;
  } catch (error) {
    failure = messageOf(interrupted.signal.aborted ? interrupted.signal.reason : error);
  }
  if (failure === undefined || readdirSync(logs).length === 0) rmSync(logs, { recursive: true });
  else log(`the logs of every program are in ${logs}`);
  if (failure === undefined) return found;
  throw new CausewayError({ code: 'unavailable', operation: 'measure in the lab', message: failure });
}

function hear(told: Told, found: Found, log: (line: string) => void): void {
  switch (told.kind) {
    case 'progress':
      log(told.text);
      return;
    case 'kernel':
      found.release = told.release;
      return;
    case 'pace':
      found.pace = told.pace;
      return;
    case 'outcome':
      found.outcomes.push(told.outcome);
      for (const line of linesOf([told.outcome]).slice(1)) log(`  ${line}`);
  }
}

/** One file each: emulated, loading many takes longer than what is measured. Within the checkout, where npm's packages are. */
async function bundle(): Promise<string> {
  const outdir = join(import.meta.dirname, '../../node_modules/.cache/causeway/detection');
  await build({
    entryPoints: ['runner', 'client'].map((name) => join(import.meta.dirname, 'detection', `${name}.ts`)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['netlink'],
    banner: { js: bundleBanner },
    plugins: [ownPlace(outdir)],
    logLevel: 'silent',
  });
  return outdir;
}

function conditions(
  backend: 'native' | 'vm',
  { release, pace }: Found,
  { load, rounds, keepalivedRetries }: Omit<Order, 'logs'>,
): string[] {
  const { delayLoopSeconds, connectTimeoutSeconds } = keepalivedSettings;
  return [
    `until: from the fault to the last request that failed, as it was sent; median of ${rounds} round(s), and their spread`,
    `never: still failing after ${watchMs / 1_000} s. Agents: of all real servers at once, for ${agentsAwayMs / 1_000} s, and their return`,
    `load: ${load.rate} new connections/s to each VIP, each given ${load.timeoutMs} ms; two real servers a side, nginx, IPIP; the fault befalls one`,
    `keepalived: TCP_CHECK of address and port, delay_loop ${delayLoopSeconds}, connect_timeout ${connectTimeoutSeconds}, retry ${keepalivedRetries}; IPVS’s settings as on our director`,
    `kernel ${release}, ${backend === 'vm' ? 'in the lab’s machine' : 'of this host'}`,
    ...(pace === undefined
      ? []
      : [
          `pace: timers ${pace.lateP50Ms} ms late (p99 ${pace.lateP99Ms}), a request ${pace.tookP50Ms} ms (p99 ${pace.tookP99Ms})`,
        ]),
  ];
}

function countOf(what: string, text: string | boolean | undefined, least: number, most: number): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= least && count <= most) return count;
  throw new Error(`--${what} is a whole number from ${least} to ${most}, found ${text}`);
}

function faultsOf(text: string): FaultName[] {
  return text.split(',').map((word) => {
    const name = faultNames.find((one) => one === word);
    if (name === undefined) throw new Error(`there is no fault ${word}; there is: ${faultNames.join(', ')}`);
    return name;
  });
}
