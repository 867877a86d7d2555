// The part of the bench that runs in the lab's kernel, as root. Says what it found as lines of JSON.
//   node runner.mjs '{"places":{…},"load":{…},"faults":["dead host"],"rounds":2}'
import { cpSync, existsSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { CausewayError, messageOf } from '../../../src/domain/error.ts';
import { type FaultName, faults } from './faults.ts';
import { measure } from './measure.ts';
import { calmMs, withPlace } from './place.ts';
import type { Load, Places } from './programs.ts';
import { type Pace, paceOf, type Request } from './requests.ts';
import type { Outcome } from './rows.ts';

export interface Order {
  readonly places: Places;
  readonly load: Load;
  readonly faults: readonly FaultName[];
  readonly rounds: number;
  readonly keepalivedRetries: number;
  /** Where the programs' logs are copied to at the end. */
  readonly logs: string;
}

export type Told =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'kernel'; readonly release: string }
  /** Before the faults, while nothing was broken. */
  | { readonly kind: 'pace'; readonly pace: Pace }
  | { readonly kind: 'outcome'; readonly outcome: Outcome };

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

function progress(text: string): void {
  tell({ kind: 'progress', text });
}

async function run(
  { places, load, faults: wanted, rounds, keepalivedRetries }: Order,
  signal: AbortSignal,
): Promise<void> {
  tell({ kind: 'kernel', release: release() });
  progress('network, programs of both sides, load …');
  await withPlace(places, load, keepalivedRetries, signal, async (place) => {
    const steady: Request[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      for (const fault of faults.filter(({ name }) => wanted.includes(name))) {
        await place.agentsReady();
        await place.calm();
        steady.push(...place.requests.since(Date.now() - calmMs));
        progress(`round ${round} of ${rounds}: ${fault.name}`);
        const outcome = await measure(fault, place, (line) => progress(`  ${line}`));
        tell({ kind: 'outcome', outcome });
      }
    }
    tell({ kind: 'pace', pace: paceOf(steady) });
  });
}

/** What was raised must be taken away, also from this host's own kernel. */
const ended = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () =>
    ended.abort(new CausewayError({ code: 'refused', operation: 'measure', message: `ended by ${name}` })),
  );
}

const order = JSON.parse(process.argv[2] ?? '') as Order;
try {
  await run(order, ended.signal);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  const logs = join(order.places.run, 'logs');
  if (existsSync(logs)) cpSync(logs, order.logs, { recursive: true });
}
// Streams to the coordinator may still be open; everything that matters is written.
process.exit();
