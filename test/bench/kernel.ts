/** How fast is a whole IPVS table written and read, against ipvsadm in the same kernel? Boots the lab's kernel for it. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { CausewayError } from '../../src/domain/error.ts';
import { chooseBackend } from '../../src/lab/backend/choose.ts';
import { runInLab } from '../../src/lab/backend/run-in-lab.ts';
import type { Round } from './kernel-round.ts';
import type { Benchmark } from './run.ts';

interface Measured {
  readonly ms: number;
  readonly ipvsadmMs: number;
  /** Ours over ipvsadm's. */
  readonly ratio: number;
}

const aims = { program: 0.12, read: 1.3 } as const;
const rounds = 5;
const limitMs = 600_000;

/**
 * Each round in a network namespace of its own: neither the host's table nor another lab's is touched, and no round
 * meets the destinations that the one before deleted, which the kernel keeps for two minutes in a list that every
 * addition walks. Without its loopback up the kernel takes every IPv4 address there for a broadcast address, and IPVS
 * refuses it as a destination.
 */
const script = `round=0
while [ $round -lt ${rounds} ]; do
  unshare --net sh -c 'ip link set lo up && exec "$0" "$@"' "$0" "$@" || exit 1
  round=$((round + 1))
done`;

export const kernelBenchmark: Benchmark = {
  summary: '1,000 services × 10 destinations written and read, against ipvsadm -R and -Ln (1 to 4 minutes)',
  async run(log) {
    const { kind, reason } = await chooseBackend('auto');
    log(`lab: ${kind} (${reason})`);
    const results = await measureInLab(kind, log);
    const report = {
      program: compare(
        results.map(({ programMs }) => programMs),
        results.map(({ ipvsadmProgramMs }) => ipvsadmProgramMs),
      ),
      read: compare(
        results.map(({ readMs }) => readMs),
        results.map(({ ipvsadmReadMs }) => ipvsadmReadMs),
      ),
    };
    return {
      report,
      lines: [
        line('write', 'ipvsadm -R', report.program, aims.program),
        line('read', 'ipvsadm -Ln', report.read, aims.read),
      ],
    };
  },
};

/** One file: emulated, loading many takes longer than what is measured. Within the checkout, where npm's packages are. */
async function bundleRound(): Promise<string> {
  const outfile = join(import.meta.dirname, '../../node_modules/.cache/causeway/kernel-round.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'kernel-round.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['netlink'],
    logLevel: 'silent',
  });
  return outfile;
}

async function measureInLab(backend: 'native' | 'vm', log: (line: string) => void): Promise<Round[]> {
  const program = await bundleRound();
  let output = '';
  let problems = '';
  const { exitStatus } = await runInLab(['sh', '-c', script, process.execPath, program], {
    backend,
    timeoutMs: limitMs,
    log,
    onStdout: (chunk) => {
      output += chunk.toString();
      log(chunk.toString().trimEnd());
    },
    onStderr: (chunk) => {
      problems += chunk.toString();
    },
  });
  if (exitStatus === 0) return output.trim().split('\n').map(parseRound);
  throw new CausewayError({
    code: 'unavailable',
    operation: 'measure in the lab',
    message: problems.trim() === '' ? `ended with status ${exitStatus}` : problems.trim(),
  });
}

function parseRound(text: string): Round {
  return JSON.parse(text) as Round;
}

function compare(ours: readonly number[], theirs: readonly number[]): Measured {
  const ms = median(ours);
  const ipvsadmMs = median(theirs);
  return {
    ms: Math.round(ms),
    ipvsadmMs: Math.round(ipvsadmMs),
    ratio: Math.round((1000 * ms) / ipvsadmMs) / 1000,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function line(verb: string, other: string, { ms, ipvsadmMs, ratio }: Measured, aim: number): string {
  const verdict = ratio <= aim ? 'within the aim' : 'MISSES the aim';
  return `${verb.padEnd(6)} ${ms} ms, ${other} ${ipvsadmMs} ms: ${ratio.toFixed(3)} × (${verdict} of ${aim})`;
}
