/** One round of the kernel benchmark, in the lab and in a fresh network namespace. Prints its times as a line of JSON. */
import { execFileSync } from 'node:child_process';
import { CausewayError, messageOf } from '../../../src/domain/error.ts';
import type { IpvsOperation } from '../../../src/domain/ipvs-table.ts';
import { createIpvs, type Ipvs } from '../../../src/kernel/ipvs/ipvs.ts';
import { runIpvsadm } from './others.ts';
import { middle, tableOf, timed, toIpvsadm, toOperations, warmUp, warmUps } from './tables.ts';

export interface Round {
  readonly programMs: number;
  readonly ipvsadmProgramMs: number;
  readonly readMs: number;
  readonly ipvsadmReadMs: number;
}

const services = 1_000;
const destinations = 10_000;
const reads = 3;

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
    const seen = read.value.reduce((sum, service) => sum + service.destinations.length, 0);
    if (seen !== destinations) throw unlike(`${seen} destinations were read`);
    readMs.push(read.ms);
  }
  const saved = execFileSync('ipvsadm', ['-Sn'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return { programMs: program.ms, readMs: middle(readMs), saved };
}

function unlike(message: string): CausewayError {
  return new CausewayError({ code: 'internal', operation: 'compare with ipvsadm', message });
}

async function round(): Promise<Round> {
  const entries = tableOf(services, destinations);
  const operations = toOperations(entries);
  const theirs = runIpvsadm(toIpvsadm(entries), reads);
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
