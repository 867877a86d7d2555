// Why one lab machine runs at a time: two on the same processors make each other's timings, and so verdicts, worthless.
import { linkSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CausewayError } from '../../domain/error.ts';

const lookEveryMs = 250;
/** Longer than any scenario or test run may take. */
const waitLimitMs = 60 * 60_000;

/** What a waiting process has, as it was written when it came. */
const waiting = /^turn\.\d+$/;

/** Waits until no other process of this cache runs a lab and none waits for longer, and returns how to end the turn. A dead holder's turn is over. */
export async function takeTurn(
  cache: string,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<() => void> {
  const file = join(cache, 'turn');
  const mine = join(cache, `turn.${process.pid}`);
  const holder = `${process.pid} ${startOf(process.pid)}`;
  writeFileSync(mine, holder);
  let told = false;
  try {
    for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
      const earlier = firstBefore(cache, mine);
      if (earlier === undefined && linked(mine, file)) break;
      const other = read(file) ?? earlier;
      if (other === holder) break;
      if (other !== undefined && !lives(other)) {
        rmSync(file, { force: true });
        continue;
      }
      if (waitedMs > waitLimitMs) throw busy(other);
      if (!told) log(`waiting: process ${other?.split(' ')[0] ?? '?'} runs a lab on this machine`);
      told = true;
      await delay(lookEveryMs, undefined, signal === undefined ? {} : { signal });
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (read(file) === holder) rmSync(file, { force: true });
  };
}

/** Made whole or not at all: a link never names a file that is still being written. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Of those that came before and wait still: without it, whoever looks at the right moment overtakes for half an hour. */
function firstBefore(cache: string, mine: string): string | undefined {
  const cameMs = arrivalMs(mine) ?? 0;
  return readdirSync(cache)
    .filter((name) => waiting.test(name) && join(cache, name) !== mine)
    .map((name) => ({ atMs: arrivalMs(join(cache, name)), holder: read(join(cache, name)) }))
    .find(({ atMs, holder }) => atMs !== undefined && atMs < cameMs && holder !== undefined && lives(holder))
    ?.holder;
}

function arrivalMs(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function lives(holder: string): boolean {
  const [pid = '', start = ''] = holder.split(' ');
  return startOf(Number(pid)) === start;
}

/** Process ids are used again, so the time of starting (field 22 of stat) belongs to the name; empty where none lives. */
function startOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function busy(holder: string | undefined): CausewayError {
  return new CausewayError({
    code: 'unavailable',
    operation: 'boot the lab machine',
    message: `process ${holder?.split(' ')[0] ?? '?'} has been running another lab for half an hour: end it, or set CAUSEWAY_CACHE`,
  });
}
