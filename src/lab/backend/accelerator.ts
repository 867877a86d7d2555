// Does KVM work here? A machine can have /dev/kvm and still never boot a stock kernel (a hang without a message), so
// it is tried once a guest kernel with a limit, and the answer is remembered until the host's kernel changes.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { GuestImage } from './guest-image.ts';
import { aliveMark } from './guest-init.ts';
import { type Accelerator, probeArguments, qemuProgram } from './qemu.ts';

/** A stock kernel under working KVM says its first word in under 1 s, nested in under 3. */
const probeLimitMs = 6_000;
const lookEveryMs = 50;

/** The accelerator to boot with, from the cache's record or by a probe. */
export async function chooseAccelerator(
  cache: string,
  image: GuestImage,
  log: (line: string) => void,
): Promise<Accelerator> {
  if (!kvmOpens()) return 'tcg';
  const record = join(cache, `accelerator-${image.release}.json`);
  const about = `${release()} ${image.release}`;
  const known = readRecord(record, about);
  if (known) return known;
  log(`trying KVM (at most ${probeLimitMs / 1000} s, once) …`);
  const found: Accelerator = (await bootsWithin(image, cache)) ? 'kvm' : 'tcg';
  log(found === 'kvm' ? 'KVM works' : 'KVM does not boot a kernel here: using emulation (TCG)');
  writeFileSync(record, `${JSON.stringify({ about, accelerator: found })}\n`);
  return found;
}

function kvmOpens(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readRecord(path: string, about: string): Accelerator | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof record !== 'object' || record === null) return undefined;
    if (!('about' in record) || record.about !== about || !('accelerator' in record)) return undefined;
    return record.accelerator === 'kvm' || record.accelerator === 'tcg' ? record.accelerator : undefined;
  } catch {
    return undefined;
  }
}

function bootsWithin(image: GuestImage, cache: string): Promise<boolean> {
  const folder = mkdtempSync(join(cache, 'probe-'));
  const consoleFile = join(folder, 'console.log');
  const qemu = spawn(qemuProgram, probeArguments(image, 'kvm', consoleFile), { stdio: 'ignore' });
  return new Promise((resolve) => {
    const finish = (): void => {
      clearInterval(look);
      clearTimeout(limit);
      const alive = saysAlive(consoleFile);
      qemu.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
      resolve(alive);
    };
    const look = setInterval(() => {
      if (saysAlive(consoleFile)) finish();
    }, lookEveryMs);
    const limit = setTimeout(finish, probeLimitMs);
    qemu.once('error', finish);
    qemu.once('exit', finish);
  });
}

function saysAlive(consoleFile: string): boolean {
  return existsSync(consoleFile) && readFileSync(consoleFile, 'utf8').includes(aliveMark);
}
