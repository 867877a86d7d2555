/** Small disks of their own for state directories, which a scenario fills: a file system in memory, which only root may mount. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/domain/error.ts';

export interface Disk {
  /** Until nothing more can be written. */
  fill(): void;
  /** Of what `fill` took. */
  empty(): void;
  dispose(): void;
}

export function mountDisk(folder: string, sizeKb: number): Disk {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKb}k,mode=700`, 'tmpfs', folder], {
    stdio: 'pipe',
  });
  const ballast = join(folder, 'ballast');
  return {
    fill() {
      const file = openSync(ballast, 'a');
      try {
        for (const size of [65_536, 4_096]) {
          const chunk = Buffer.alloc(size);
          while (isWritten(file, chunk)) {}
        }
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    dispose: () => void execFileSync('umount', ['-l', folder], { stdio: 'pipe' }),
  };
}

function isWritten(file: number, chunk: Buffer): boolean {
  try {
    return writeSync(file, chunk) === chunk.length;
  } catch {
    return false;
  }
}

/** Why no such disk can be had here, or undefined. */
export function disksMissing(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-disk-'));
  try {
    mountDisk(folder, 64).dispose();
    return undefined;
  } catch (error) {
    return `no file system can be mounted here: ${messageOf(error)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
