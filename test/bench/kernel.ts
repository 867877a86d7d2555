/** How fast is an IPVS table written, read and changed, beside ipvsadm and keepalived in the same kernel? Boots the lab's kernel for it. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { CausewayError } from '../../src/domain/error.ts';
import { chooseBackend } from '../../src/lab/backend/choose.ts';
import { runInLab } from '../../src/lab/backend/run-in-lab.ts';
import { ensureSystemPackages, need } from '../../src/lab/system-packages.ts';
import type { LargeRound } from './kernel/large-round.ts';
import type { Round } from './kernel/table-round.ts';
import { protocols, type Throughput, tunnels } from './kernel/throughput.ts';
import type { Benchmark } from './run.ts';

const aims = { program: 0.12, read: 1, large: 0.1, oneChange: 0.05, throughput: 0.98 } as const;

type Kind = Awaited<ReturnType<typeof chooseBackend>>['kind'];
type Log = (line: string) => void;

/** What is printed, and what programs get. */
interface Result {
  readonly lines: readonly string[];
  readonly report: Readonly<Record<string, unknown>>;
}

const parts: Readonly<Record<string, (kind: Kind, log: Log) => Promise<Result>>> = {
  async table(kind, log) {
    const rounds = await measure<Round>('table-round', 5, kind, log);
    const program = compare(
      rounds.map(({ programMs }) => programMs),
      rounds.map(({ ipvsadmProgramMs }) => ipvsadmProgramMs),
    );
    const read = compare(
      rounds.map(({ readMs }) => readMs),
      rounds.map(({ ipvsadmReadMs }) => ipvsadmReadMs),
    );
    return {
      report: { program, read },
      lines: [
        line('write', program.ms, 'ipvsadm -R', program.ipvsadmMs, aims.program),
        line('read', read.ms, 'ipvsadm -Ln', read.ipvsadmMs, aims.read),
      ],
    };
  },
  async large(kind, log) {
    await ensureSystemPackages(kind, log, [need('keepalived', 'keepalived')]);
    const rounds = await measure<LargeRound>('large-round', 3, kind, log);
    const of = (field: keyof LargeRound): number => Math.round(median(rounds.map((round) => round[field])));
    const large = {
      program: {
        ms: of('programMs'),
        verifiedMs: of('verifiedMs'),
        ipvsadmMs: of('ipvsadmMs'),
        keepalivedMs: of('keepalivedMs'),
      },
      noop: { ms: of('noopMs'), writes: of('noopWrites') },
      oneChange: { ms: of('oneChangeMs'), keepalivedReloadMs: of('keepalivedReloadMs') },
    };
    const { program, noop, oneChange } = large;
    return {
      report: { large },
      lines: [
        '2,277 services, 37,205 destinations, by a director’s reconciler:',
        line('write', program.ms, 'ipvsadm -R', program.ipvsadmMs, aims.large),
        line('', program.ms, 'start of keepalived', program.keepalivedMs),
        `           ${program.verifiedMs} ms until it is read back as well`,
        `nothing to do ${noop.ms} ms, ${noop.writes} operations written`,
        line(
          'one weight',
          oneChange.ms,
          'reload of keepalived',
          oneChange.keepalivedReloadMs,
          aims.oneChange,
        ),
      ],
    };
  },
  async throughput(kind, log) {
    await ensureSystemPackages(kind, log, [need('iperf3', 'iperf3')]);
    const [carried] = await measure<Throughput>('throughput-round', 1, kind, log, [await bundle('become')]);
    if (carried === undefined) throw new RangeError('a round without a result');
    const rows = tunnels.flatMap((tunnel) =>
      protocols.map((protocol) => {
        const { ours, bare } = carried[tunnel][protocol];
        return { tunnel, protocol, ours, bare, ratio: Math.round((1_000 * ours) / bare) / 1_000 };
      }),
    );
    return {
      report: { throughput: rows },
      lines: [
        `through director and tunnel, ours beside bare ipvsadm and ip (aim ${aims.throughput} ×):`,
        ...rows.map(
          ({ tunnel, protocol, ours, bare, ratio }) =>
            `  ${tunnel.padEnd(4)} ${protocol}  ${rate(protocol, ours)}, bare ${rate(protocol, bare)}: ${ratio.toFixed(3)} ×`,
        ),
      ],
    };
  },
};

function rate(protocol: string, value: number): string {
  return protocol === 'tcp' ? `${Math.round(value / 1e6)} Mbit/s` : `${Math.round(value)} datagrams/s`;
}

export const kernelBenchmark: Benchmark = {
  summary: 'an IPVS table written, read and changed, beside ipvsadm and keepalived (2 to 10 minutes)',
  parts: Object.keys(parts),
  async run(log, _values, asked) {
    const { kind, reason } = await chooseBackend('auto');
    log(`lab: ${kind} (${reason})`);
    const results: Result[] = [];
    for (const name of asked) {
      const part = parts[name];
      if (part !== undefined) results.push(await part(kind, log));
    }
    return {
      report: Object.assign({}, ...results.map(({ report }) => report)),
      lines: results.flatMap(({ lines }) => lines),
    };
  },
};

const limitMs = 600_000;

/**
 * Each round in a network namespace of its own: neither the host's table nor another lab's is touched, and no round
 * meets the destinations that the one before deleted, which the kernel keeps for two minutes in a list that every
 * addition walks. Without its loopback up the kernel takes every IPv4 address there for a broadcast address, and IPVS
 * refuses it as a destination.
 */
function script(rounds: number): string {
  return `round=0
while [ $round -lt ${rounds} ]; do
  unshare --net sh -c 'ip link set lo up && exec "$0" "$@"' "$0" "$@" || exit 1
  round=$((round + 1))
done`;
}

/** One file: emulated, loading many takes longer than what is measured. Within the checkout, where npm's packages are. */
async function bundle(name: string): Promise<string> {
  const outfile = join(import.meta.dirname, `../../node_modules/.cache/causeway/${name}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, 'kernel', `${name}.ts`)],
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

/** A line of JSON a round. */
async function measure<R>(
  name: string,
  rounds: number,
  backend: Kind,
  log: Log,
  words: readonly string[] = [],
): Promise<R[]> {
  const program = await bundle(name);
  let output = '';
  let problems = '';
  const { exitStatus } = await runInLab(['sh', '-c', script(rounds), process.execPath, program, ...words], {
    backend,
    timeoutMs: limitMs,
    log,
    onStdout: (chunk) => {
      output += chunk.toString();
      log(chunk.toString().trimEnd());
    },
    onStderr: (chunk) => {
      problems = chunk.toString();
      log(problems.trimEnd());
    },
  });
  if (exitStatus === 0)
    return output
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as R);
  throw new CausewayError({
    code: 'unavailable',
    operation: 'measure in the lab',
    message: problems.trim() === '' ? `ended with status ${exitStatus}` : problems.trim(),
  });
}

interface Measured {
  readonly ms: number;
  readonly ipvsadmMs: number;
  /** Ours over ipvsadm's. */
  readonly ratio: number;
}

function compare(ours: readonly number[], theirs: readonly number[]): Measured {
  const ms = median(ours);
  const ipvsadmMs = median(theirs);
  return { ms: Math.round(ms), ipvsadmMs: Math.round(ipvsadmMs), ratio: ratioOf(ms, ipvsadmMs) };
}

function ratioOf(ms: number, otherMs: number): number {
  return Math.round((1_000 * ms) / otherMs) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function line(verb: string, ms: number, other: string, otherMs: number, aim?: number): string {
  const ratio = ratioOf(ms, otherMs);
  const judged = aim === undefined ? '' : ` (${ratio <= aim ? 'within' : 'MISSES'} the aim of ${aim})`;
  return `${verb.padEnd(10)} ${ms} ms, ${other} ${otherMs} ms: ${ratio.toFixed(3)} ×${judged}`;
}
