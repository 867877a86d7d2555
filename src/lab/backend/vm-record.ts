// Where a machine that was left running (`--keep`) is written down, and whether it still runs.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const vmRecord = z.object({
  dir: z.string(),
  accelerator: z.enum(['kvm', 'tcg']),
  pid: z.number().int().positive(),
});
export type VmRecord = z.infer<typeof vmRecord>;

function recordFile(cache: string): string {
  return join(cache, 'vm.json');
}

/** The record, or nothing where there is none that can be read. */
export function readRecord(cache: string): VmRecord | undefined {
  try {
    return vmRecord.parse(JSON.parse(readFileSync(recordFile(cache), 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeRecord(cache: string, record: VmRecord): void {
  writeFileSync(recordFile(cache), `${JSON.stringify(record)}\n`);
}

export function forgetRecord(cache: string): void {
  rmSync(recordFile(cache), { force: true });
}

/** Process ids are used again: the command line must be this machine's. */
export function isRunning(record: VmRecord): boolean {
  try {
    return readFileSync(`/proc/${record.pid}/cmdline`, 'utf8').includes(record.dir);
  } catch {
    return false;
  }
}
