// The part of the bench that runs in the lab's kernel, as root. Says what it found as lines of JSON.
//   node runner.mjs '{"places":{…},"load":{…},"faults":["dead host"],"rounds":2}'
import { release } from 'node:os';
import { messageOf } from '../../../src/domain/error.ts';
import { type FaultName, faults } from './faults.ts';
import { measure } from './measure.ts';
import { calmMs, withPlace } from './place.ts';
import type { Load, Places } from './programs.ts';
import { type Pace, paceOf } from './requests.ts';
import type { Outcome } from './rows.ts';

export interface Order {
  readonly places: Places;
  readonly load: Load;
  readonly faults: readonly FaultName[];
  readonly rounds: number;
}

export type Told =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'kernel'; readonly release: string }
  /** While nothing was broken. */
  | { readonly kind: 'pace'; readonly pace: Pace }
  | { readonly kind: 'outcome'; readonly outcome: Outcome };

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

function progress(text: string): void {
  tell({ kind: 'progress', text });
}

async function run({ places, load, faults: wanted, rounds }: Order): Promise<void> {
  tell({ kind: 'kernel', release: release() });
  progress('network, programs of both sides, load …');
  await withPlace(places, load, async (place) => {
    tell({ kind: 'pace', pace: paceOf(place.requests.since(Date.now() - calmMs)) });
    for (let round = 1; round <= rounds; round += 1) {
      for (const fault of faults.filter(({ name }) => wanted.includes(name))) {
        progress(`round ${round} of ${rounds}: ${fault.name}`);
        const outcome = await measure(fault, place, (line) => progress(`  ${line}`));
        tell({ kind: 'outcome', outcome });
      }
    }
  });
}

try {
  await run(JSON.parse(process.argv[2] ?? '') as Order);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
// Streams to the coordinator may still be open; everything that matters is written.
process.exit();
