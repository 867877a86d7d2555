/** How fast is a whole IPVS table written and read, against ipvsadm in the same kernel? Boots the lab's kernel for it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CausewayError } from '../../src/domain/error.ts';
import { chooseBackend } from '../../src/lab/backend/choose.ts';
import { runInLab } from '../../src/lab/backend/run-in-lab.ts';
import type { KernelReport, Measured } from './kernel-measure.ts';
import type { Benchmark } from './run.ts';

/** Both are times of ours over ipvsadm's. */
const aims = { program: 0.12, read: 1.3 } as const;
const limitMs = 300_000;

export const kernelBenchmark: Benchmark = {
  summary: '1,000 services × 10 destinations written and read, against ipvsadm -R and -Ln (about 2 minutes)',
  async run(log) {
    const { kind, reason } = await chooseBackend('auto');
    log(`lab: ${kind} (${reason})`);
    // Under the checkout or the system's folder for temporary files: the guest sees both under the same path.
    const folder = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
    try {
      const report = await measureInLab(kind, join(folder, 'report.json'), log);
      return { report, lines: describe(report) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measureInLab(
  backend: 'native' | 'vm',
  file: string,
  log: (line: string) => void,
): Promise<KernelReport> {
  const program = join(import.meta.dirname, 'kernel-measure.ts');
  let output = '';
  // A network namespace of its own: the host's table, or another lab's, is never touched. Without its loopback up the
  // kernel takes every IPv4 address there for a broadcast address, and IPVS refuses it as a destination.
  const inNamespace = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'];
  const { exitStatus } = await runInLab([...inNamespace, process.execPath, program, file], {
    backend,
    timeoutMs: limitMs,
    log,
    onStdout: (chunk) => log(chunk.toString().trimEnd()),
    onStderr: (chunk) => {
      output += chunk.toString();
    },
  });
  if (exitStatus !== 0) {
    throw new CausewayError({
      code: 'unavailable',
      operation: 'measure in the lab',
      message: output.trim() === '' ? `ended with status ${exitStatus}` : output.trim(),
    });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as KernelReport;
}

function describe({ program, read }: KernelReport): string[] {
  return [line('write', 'ipvsadm -R', program, aims.program), line('read', 'ipvsadm -Ln', read, aims.read)];
}

function line(verb: string, other: string, { ms, ipvsadmMs, ratio }: Measured, aim: number): string {
  const verdict = ratio <= aim ? 'within the aim' : 'MISSES the aim';
  return `${verb.padEnd(6)} ${ms.toFixed(0)} ms, ${other} ${ipvsadmMs.toFixed(0)} ms: ${ratio.toFixed(3)} × (${verdict} of ${aim})`;
}
