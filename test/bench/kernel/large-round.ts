/**
 * One round with a very large table, in the lab and in a fresh network namespace: what a director does with it, through its own reconciler.
 * Reading before is included in all times, reading after in all but that of writing. Prints them as a line of JSON.
 */

import { ipvsTarget } from '../../../agents/director/ipvs-target.ts';
import { CausewayError, messageOf } from '../../../src/domain/error.ts';
import {
  type IpvsOperation,
  type IpvsTable,
  type ServiceState,
  serviceId,
} from '../../../src/domain/ipvs-table.ts';
import { createIpvs, type Ipvs } from '../../../src/kernel/ipvs/ipvs.ts';
import { createReconciler } from '../../../src/reconcile/reconciler.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { runIpvsadm, runKeepalived } from './others.ts';
import { asTable, type Entry, middle, tableOf, toIpvsadm, toOperations, warmUp } from './tables.ts';

export interface LargeRound {
  /** Until the kernel has all of it, as of the others. */
  readonly programMs: number;
  /** Until that has been read as well. */
  readonly verifiedMs: number;
  readonly ipvsadmMs: number;
  readonly keepalivedMs: number;
  readonly noopMs: number;
  readonly noopWrites: number;
  readonly oneChangeMs: number;
  readonly keepalivedReloadMs: number;
}

/** A configuration that a user of keepalived's told of. */
const services = 2_277;
const destinations = 37_205;
const passes = 5;

const entries = tableOf(services, destinations);

/** The same with another weight of the last service's last destination. */
function changed(weight: number): { table: IpvsTable; id: string } {
  const last = entries.at(-1) as Entry;
  const { key, destinations: own } = last;
  const others = own.slice(0, -1);
  const table = asTable([
    ...entries.slice(0, -1),
    { key, destinations: [...others, ...own.slice(-1).map((one) => ({ ...one, weight }))] },
  ]);
  return { table, id: serviceId(key) };
}

type Ours = Pick<LargeRound, 'programMs' | 'verifiedMs' | 'noopMs' | 'noopWrites' | 'oneChangeMs'>;

async function runOurs(): Promise<Ours> {
  const kernel = await createIpvs();
  let appliedAt = Number.NaN;
  const ipvs: Ipvs = {
    ...kernel,
    async apply(operations) {
      const failures = await kernel.apply(operations);
      appliedAt = performance.now();
      return failures;
    },
  };
  let table = asTable(entries);
  const byId = (): Map<string, IpvsTable[number]> =>
    new Map(table.map((entry) => [serviceId(entry.service.key), entry]));
  let index = byId();
  let written = 0;
  const target = ipvsTarget({
    ipvs,
    *wanted(_, part) {
      yield;
      return part === undefined ? table : [...part].flatMap((id) => index.get(id) ?? []);
    },
    monotonicMs: () => performance.now(),
    onDrift: () => {},
    ownedVips: () => entries.map(({ key }) => key.address),
    careful: () => false,
  });
  const reconciler = createReconciler<readonly ServiceState[], IpvsTable, IpvsOperation>({
    name: 'ipvs',
    ...target,
    onResult: ({ operations }) => {
      written += operations.length;
    },
    clock: realClock,
    random: Math.random,
    verifyIntervalMs: 600_000,
    backoff: { initialMs: 1_000, maxMs: 1_000 },
  });
  /** How long until it is written, and until it is known to be so; and how many operations that took. */
  async function brought(): Promise<{ appliedMs: number; ms: number; writes: number }> {
    written = 0;
    const startedAt = performance.now();
    const { status, error } = await reconciler.trigger();
    if (status !== 'done') throw error ?? new Error(status);
    return { appliedMs: appliedAt - startedAt, ms: performance.now() - startedAt, writes: written };
  }
  try {
    const program = await brought();
    if (program.writes !== services + destinations) throw unlike(`${program.writes} were written`);
    const noops: Awaited<ReturnType<typeof brought>>[] = [];
    for (let pass = 0; pass < passes; pass += 1) {
      target.whole();
      noops.push(await brought());
    }
    const changes: number[] = [];
    for (let pass = 0; pass < passes; pass += 1) {
      const { table: next, id } = changed(2_000 + pass);
      table = next;
      index = byId();
      target.hurry([id]);
      const change = await brought();
      if (change.writes !== 1) throw unlike(`one change was ${change.writes}`);
      changes.push(change.ms);
    }
    return {
      programMs: program.appliedMs,
      verifiedMs: program.ms,
      noopMs: middle(noops.map(({ ms }) => ms)),
      noopWrites: noops.reduce((sum, { writes }) => sum + writes, 0),
      oneChangeMs: middle(changes),
    };
  } finally {
    await reconciler.stop();
    ipvs.close();
  }
}

function unlike(message: string): CausewayError {
  return new CausewayError({ code: 'internal', operation: 'write the large table', message });
}

async function round(): Promise<LargeRound> {
  const say = (what: string): void => void process.stderr.write(`${what} …\n`);
  await warmUp(toOperations(entries.slice(0, 500)));
  say('ours');
  const ours = await runOurs();
  say('ipvsadm');
  const theirs = runIpvsadm(toIpvsadm(entries), 1);
  say('keepalived');
  const keepalived = runKeepalived(entries);
  return {
    ...ours,
    ipvsadmMs: theirs.programMs,
    keepalivedMs: keepalived.programMs,
    keepalivedReloadMs: keepalived.reloadMs,
  };
}

try {
  process.stdout.write(`${JSON.stringify(await round())}\n`);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
