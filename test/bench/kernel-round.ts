/** One round of the kernel benchmark, in the lab and in a fresh network namespace. Prints its times as a line of JSON. */
import { execFileSync, spawnSync } from 'node:child_process';
import { CausewayError, messageOf } from '../../src/domain/error.ts';
import type { Destination, IpvsOperation, VirtualServiceKey } from '../../src/domain/ipvs-table.ts';
import { createIpvs, type Ipvs, ipvsOver } from '../../src/kernel/ipvs/ipvs.ts';
import { u16Attribute } from '../../src/kernel/netlink/attribute.ts';
import { connectionOver } from '../../src/kernel/netlink/connection.ts';
import { createSendBuffer, forEachMessage, writeMessage } from '../../src/kernel/netlink/wire.ts';

export interface Round {
  readonly programMs: number;
  readonly ipvsadmProgramMs: number;
  readonly readMs: number;
  readonly ipvsadmReadMs: number;
}

const services = 1000;
const destinationsEach = 10;
const reads = 3;
/** The agent's code has run before it gets a thousand services: what is measured is not V8's compiler. */
const warmUps = 2;

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
  const schedulerFlags = { fallback: false, port: false };
  return entries.flatMap(({ key, destinations }): IpvsOperation[] => [
    { kind: 'add-service', service: { key, scheduler: 'wrr', schedulerFlags, persistenceSeconds: 0 } },
    ...destinations.map((destination) => ({ kind: 'add-destination', key, destination }) as const),
  ]);
}

function toIpvsadm(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ key, destinations }) => [
    `-A -t ${key.address}:${key.port} -s wrr`,
    ...destinations.map(
      ({ address, port, weight }) => `-a -t ${key.address}:${key.port} -r ${address}:${port} -i -w ${weight}`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

/** Its times and its table. Bash takes the times, so that they are ipvsadm's alone. */
function runIpvsadm(rules: string): { programMs: number; readMs: number; saved: string } {
  const script = `TIMEFORMAT=%3R
ip link set lo up
time ipvsadm -R
for read in ${new Array(reads).fill('x').join(' ')}; do time ipvsadm -Ln > /dev/null; done
ipvsadm -Sn`;
  const child = spawnSync('unshare', ['--net', 'bash', '-c', script], {
    input: rules,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const times = child.stderr.trim().split('\n').map(Number);
  const [programSeconds = Number.NaN, ...readSeconds] = times;
  if (child.status !== 0 || times.length !== 1 + reads || times.some(Number.isNaN)) {
    const message = child.error?.message ?? child.stderr.trim().split('\n', 1).join();
    throw new CausewayError({ code: 'unavailable', operation: 'run ipvsadm', message });
  }
  return { programMs: 1000 * programSeconds, readMs: 1000 * middle(readSeconds), saved: child.stdout };
}

/** Programs against a socket that agrees to everything. */
async function warmUp(operations: readonly IpvsOperation[]): Promise<void> {
  const connection = connectionOver({
    open: ({ datagram }) => ({
      send(bytes, length) {
        let sequence = 0;
        forEachMessage(bytes.subarray(0, length), (message) => {
          sequence = message.sequence;
        });
        queueMicrotask(() => {
          // The family's number, which only the first question waits for, and the ACK.
          datagram(answer(16, Uint8Array.from([1, 2, 0, 0, ...u16Attribute(1, 30)]), sequence));
          datagram(answer(2, new Uint8Array(20), sequence));
        });
      },
      close: () => undefined,
    }),
    schedule: () => () => undefined,
    random: Math.random,
  });
  const ipvs = await ipvsOver(connection);
  for (let pass = 0; pass < warmUps; pass += 1) await ipvs.apply(operations);
}

function answer(type: number, payload: Uint8Array, sequence: number): Uint8Array {
  const target = createSendBuffer(16 + payload.length);
  writeMessage(target, 0, { type, payload }, 0, sequence);
  return target.bytes;
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const startedAt = performance.now();
  const value = await work();
  return { ms: performance.now() - startedAt, value };
}

async function runOurs(
  ipvs: Ipvs,
  operations: readonly IpvsOperation[],
): Promise<{ programMs: number; readMs: number; saved: string }> {
  const program = await timed(() => ipvs.apply(operations));
  const [failure] = program.value;
  if (failure !== undefined) throw failure.error;
  for (let pass = 0; pass < warmUps; pass += 1) await ipvs.read();
  const readMs: number[] = [];
  for (let pass = 0; pass < reads; pass += 1) {
    const read = await timed(() => ipvs.read());
    const seen = read.value.reduce((sum, { destinations }) => sum + destinations.length, 0);
    if (seen !== services * destinationsEach) throw unlike(`${seen} destinations were read`);
    readMs.push(read.ms);
  }
  const saved = execFileSync('ipvsadm', ['-Sn'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return { programMs: program.ms, readMs: middle(readMs), saved };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function unlike(message: string): CausewayError {
  return new CausewayError({ code: 'internal', operation: 'compare with ipvsadm', message });
}

async function round(): Promise<Round> {
  const entries = table();
  const operations = toOperations(entries);
  const theirs = runIpvsadm(toIpvsadm(entries));
  await warmUp(operations);
  const ipvs = await createIpvs();
  try {
    const ours = await runOurs(ipvs, operations);
    if (ours.saved !== theirs.saved) throw unlike('the tables differ');
    return {
      programMs: Math.round(ours.programMs),
      ipvsadmProgramMs: Math.round(theirs.programMs),
      readMs: Math.round(ours.readMs),
      ipvsadmReadMs: Math.round(theirs.readMs),
    };
  } finally {
    ipvs.close();
  }
}

try {
  process.stdout.write(`${JSON.stringify(await round())}\n`);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
