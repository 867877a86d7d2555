// How QEMU and virtiofsd are called for the lab's guest.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestImage } from './guest-image.ts';
import { shareTag } from './guest-init.ts';

export type Accelerator = 'kvm' | 'tcg';

/** Where distributions put virtiofsd: inside QEMU's packages, or as a program of its own (the Rust one). */
const virtiofsdPlaces = ['/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd', '/usr/lib/virtiofsd'];

export function findVirtiofsd(): string | undefined {
  return virtiofsdPlaces.find((path) => existsSync(path));
}

/**
 * Shares `/`: the guest sees every file of the host under the same path, so programs need no copying. With `cache=auto`
 * each open of a file drops its pages, even those that other processes run from: every start of Node stopped all agents
 * while its 100 MB were fetched anew, and `ip` took three times as long. `always` keeps pages until a file's size or time
 * changes, which is looked up as often as with `auto`, once a second. (The Rust virtiofsd cannot be told so: its
 * `always` never looks.)
 */
export function virtiofsdArguments(program: string, socket: string): string[] {
  if (program === '/usr/lib/qemu/virtiofsd') {
    const options = ['source=/', 'sandbox=chroot', 'cache=always', 'timeout=1', 'log_level=err'];
    return [`--socket-path=${socket}`, ...options.flatMap((option) => ['-o', option])];
  }
  return ['--socket-path', socket, '--shared-dir', '/', '--sandbox', 'chroot', '--cache', 'auto'];
}

export const qemuProgram = 'qemu-system-x86_64';

/**
 * Newer CPU models are slower under TCG; rdrand lets the kernel's generator start without waiting for noise. Without cx16
 * the kernel's allocator does without cmpxchg16b: after it the TCG of QEMU before 8.0 can hand an interrupt flags that are
 * an address (its helper reads a stale CC_OP). Linux 6.12 died of that within seconds; on Linux 6.1 a program of Node died of SIGSEGV,
 * silently, once in some runs of all kernel tests.
 */
function acceleration(accelerator: Accelerator): string[] {
  if (accelerator === 'kvm') return ['-accel', 'kvm', '-cpu', 'host'];
  return ['-accel', 'tcg,thread=multi,tb-size=1024', '-cpu', 'Nehalem,+rdrand,-cx16'];
}

const kernelWords =
  'quiet panic=-1 mitigations=off init_on_alloc=0 nokaslr nopti apparmor=0 audit=0 random.trust_cpu=on';

/** A guest without disk or network that says it is alive and ends: what tells whether KVM works here. */
export function probeArguments(image: GuestImage, accelerator: Accelerator, consoleFile: string): string[] {
  return [
    ...['-machine', 'q35', ...acceleration(accelerator), '-m', '256'],
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', `file:${consoleFile}`],
    ...['-kernel', image.kernel, '-initrd', image.initramfs],
    ...['-append', `${kernelWords} console=ttyS0 causeway.probe`],
  ];
}

export interface GuestSize {
  cpus: number;
  memoryMiB: number;
}

/** File names inside a VM's folder. */
export const vmFiles = {
  init: 'init.sh',
  console: 'console.log',
  log: 'machine.log',
  share: 'share.sock',
  control: 'control.sock',
  ready: 'ready',
  jobs: 'jobs',
} as const;

export function guestArguments(
  image: GuestImage,
  accelerator: Accelerator,
  size: GuestSize,
  dir: string,
): string[] {
  const memory = `memory-backend-memfd,id=mem,size=${size.memoryMiB}M,share=on`;
  return [
    ...['-machine', 'q35,memory-backend=mem', '-object', memory, '-m', `${size.memoryMiB}M`],
    ...[...acceleration(accelerator), '-smp', String(size.cpus)],
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ...['-serial', `file:${join(dir, vmFiles.console)}`],
    ...['-chardev', `socket,id=control,path=${join(dir, vmFiles.control)},server=on,wait=off`],
    ...['-serial', 'chardev:control'],
    ...['-chardev', `socket,id=share,path=${join(dir, vmFiles.share)}`],
    ...['-device', `vhost-user-fs-pci,chardev=share,tag=${shareTag},queue-size=1024`],
    ...['-kernel', image.kernel, '-initrd', image.initramfs],
    ...['-append', `${kernelWords} console=ttyS0 causeway.dir=${dir}`],
  ];
}
