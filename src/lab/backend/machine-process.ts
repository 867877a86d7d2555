// Starts virtiofsd and QEMU so that neither outlives the process that started them, unless it lets them go.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CausewayError } from '../../domain/error.ts';
import type { GuestImage } from './guest-image.ts';
import { guestInit } from './guest-init.ts';
import {
  type Accelerator,
  findVirtiofsd,
  type GuestSize,
  guestArguments,
  qemuProgram,
  virtiofsdArguments,
  vmFiles,
} from './qemu.ts';

/**
 * The machine is what measures: as root it comes before whatever else runs here, by its own niceness and, where the kernel groups processes by
 * sessions (sched(7), autogroup), its session's. Without the right to that it goes on as it is.
 * The shell becomes QEMU. Beside it a watcher reads the pipe from the starter: when that ends without the word
 * `detach`, however the starter died, machine and folder go. virtiofsd ends by itself with QEMU's connection.
 */
const superviseScript = `
{ renice -n -10 -p $$ >/dev/null; echo -10 >/proc/$$/autogroup; } 2>/dev/null
dir=$1 socket=$2 words=$3
shift 3
exec 3<&0
share() { "$@" </dev/null 3<&- & }
line=
while [ $words -gt 0 ]; do line="$line '$1'"; shift; words=$((words - 1)); done
eval "share $line"
share=$!
( read -r word <&3; [ "$word" = detach ] || { kill -9 $$ && rm -rf "$dir"; kill -9 $share; } ) 2>/dev/null &
while [ ! -S "$socket" ]; do
  kill -0 $share || exit 1
  sleep 0.02
done
exec "$@" </dev/null 3<&-
`;

/** A unix socket's path holds 107 bytes: a long TMPDIR would not fit. */
const longestTemporaryPath = 60;

export interface MachineProcess {
  dir: string;
  process: ChildProcess;
}

/** Starts the machine; it is not up yet when this returns. Throws `unsupported` when virtiofsd is missing. */
export function startMachine(image: GuestImage, accelerator: Accelerator, size: GuestSize): MachineProcess {
  const virtiofsd = findVirtiofsd();
  if (virtiofsd === undefined) {
    throw new CausewayError({
      code: 'unsupported',
      operation: 'start the lab machine',
      message: 'virtiofsd is missing (Debian 12: package qemu-system-common; later: virtiofsd)',
    });
  }
  const base = tmpdir().length > longestTemporaryPath ? '/tmp' : tmpdir();
  const dir = mkdtempSync(join(base, 'causeway-vm-'));
  mkdirSync(join(dir, vmFiles.jobs));
  writeFileSync(join(dir, vmFiles.init), guestInit(dir, image.modules));
  const share = [virtiofsd, ...virtiofsdArguments(virtiofsd, join(dir, vmFiles.share))];
  const guest = [qemuProgram, ...guestArguments(image, accelerator, size, dir)];
  const log = openSync(join(dir, vmFiles.log), 'w');
  const child = spawn(
    'sh',
    ['-c', superviseScript, 'sh', dir, join(dir, vmFiles.share), String(share.length), ...share, ...guest],
    { stdio: ['pipe', log, log], detached: true },
  );
  closeSync(log);
  child.stdin?.on('error', () => {});
  child.on('error', () => {});
  return { dir, process: child };
}

/** Lets the machine live on after this process. */
export function release(machine: ChildProcess): void {
  machine.stdin?.end('detach\n');
  machine.unref();
}
