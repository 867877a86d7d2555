/** The part of the kernel benchmark that runs in the lab: `kernel-measure.ts REPORT`, in a network namespace of its own. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { CausewayError, messageOf } from '../../src/domain/error.ts';
import type { Destination, IpvsOperation, VirtualServiceKey } from '../../src/domain/ipvs-table.ts';
import { createIpvs, type Ipvs } from '../../src/kernel/ipvs/ipvs.ts';

export interface Measured {
  readonly ms: number;
  readonly ipvsadmMs: number;
  readonly ratio: number;
}

export interface KernelReport {
  readonly program: Measured;
  readonly read: Measured;
}

const services = 1000;
const destinationsEach = 10;
const rounds = 5;

interface Entry {
  readonly key: VirtualServiceKey & { readonly kind: 'address' };
  readonly destinations: readonly Destination[];
}

function table(): Entry[] {
  return Array.from({ length: services }, (_, index) => ({
    key: {
      kind: 'address',
      protocol: 'tcp',
      address: `198.18.${index >> 8}.${index & 255}`,
      port: 80,
    } as const,
    destinations: Array.from({ length: destinationsEach }, (_, server) => ({
      address: `10.${server + 1}.${index >> 8}.${index & 255}`,
      port: 80,
      weight: 100 + server,
      forwarding: 'tunnel' as const,
    })),
  }));
}

function toOperations(entries: readonly Entry[]): IpvsOperation[] {
  return entries.flatMap(({ key, destinations }): IpvsOperation[] => [
    {
      kind: 'add-service',
      service: {
        key,
        scheduler: 'wrr',
        schedulerFlags: { fallback: false, port: false },
        persistenceSeconds: 0,
      },
    },
    ...destinations.map((destination) => ({ kind: 'add-destination', key, destination }) as const),
  ]);
}

function toIpvsadm(entries: readonly Entry[]): string {
  return entries
    .flatMap(({ key, destinations }) => [
      `-A -t ${key.address}:${key.port} -s wrr`,
      ...destinations.map(
        ({ address, port, weight }) =>
          `-a -t ${key.address}:${key.port} -r ${address}:${port} -i -w ${weight}`,
      ),
    ])
    .map((text) => `${text}\n`)
    .join('');
}

/** Runs ipvsadm; its output goes nowhere unless asked for. Wall time, its start included. */
function ipvsadm(words: readonly string[], input?: string): { ms: number; output: string } {
  const sink = openSync('/dev/null', 'w');
  const startedAt = performance.now();
  const child = spawnSync('ipvsadm', words, {
    stdio: ['pipe', words.includes('-Sn') ? 'pipe' : sink, 'pipe'],
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const ms = performance.now() - startedAt;
  closeSync(sink);
  if (child.status === 0) return { ms, output: child.stdout ?? '' };
  throw new CausewayError({
    code: 'unavailable',
    operation: 'run ipvsadm',
    subject: words.join(' '),
    message: child.error?.message ?? child.stderr.trim().split('\n', 1).join(),
  });
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const startedAt = performance.now();
  const value = await work();
  return { ms: performance.now() - startedAt, value };
}

async function oneRound(ipvs: Ipvs, entries: readonly Entry[]) {
  ipvsadm(['-C']);
  const theirProgram = ipvsadm(['-R'], toIpvsadm(entries)).ms;
  const theirRead = ipvsadm(['-Ln']).ms;
  const theirs = ipvsadm(['-Sn']).output;
  ipvsadm(['-C']);
  const operations = toOperations(entries);
  const program = await timed(() => ipvs.apply(operations));
  const [failure] = program.value;
  if (failure !== undefined) throw failure.error;
  const read = await timed(() => ipvs.read());
  // The same set, or the comparison says nothing.
  const seen = read.value.reduce((sum, { destinations }) => sum + destinations.length, 0);
  if (ipvsadm(['-Sn']).output !== theirs || seen !== services * destinationsEach) {
    throw new CausewayError({
      code: 'internal',
      operation: 'compare with ipvsadm',
      message: 'the tables differ',
    });
  }
  return { program: program.ms, theirProgram, read: read.ms, theirRead };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function compare(ours: readonly number[], theirs: readonly number[]): Measured {
  const ms = median(ours);
  const ipvsadmMs = median(theirs);
  return { ms: round(ms), ipvsadmMs: round(ipvsadmMs), ratio: round(ms / ipvsadmMs) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

async function measure(): Promise<KernelReport> {
  const entries = table();
  const ipvs = await createIpvs();
  const results: Awaited<ReturnType<typeof oneRound>>[] = [];
  try {
    for (let index = 1; index <= rounds; index += 1) {
      const result = await oneRound(ipvs, entries);
      results.push(result);
      const text = Object.entries(result).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`);
      process.stdout.write(`round ${index} of ${rounds}: ${text.join(', ')}\n`);
    }
  } finally {
    ipvs.close();
  }
  return {
    program: compare(
      results.map((result) => result.program),
      results.map((result) => result.theirProgram),
    ),
    read: compare(
      results.map((result) => result.read),
      results.map((result) => result.theirRead),
    ),
  };
}

try {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('usage: kernel-measure.ts REPORT');
  writeFileSync(file, JSON.stringify(await measure()));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
