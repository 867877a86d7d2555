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

/** Shares `/`: the guest sees every file of the host under the same path, so programs need no copying. */
export function virtiofsdArguments(program: string, socket: string): string[] {
  if (program === '/usr/lib/qemu/virtiofsd') {
    const options = ['source=/', 'sandbox=chroot', 'cache=auto', 'log_level=err'];
    return [`--socket-path=${socket}`, ...options.flatMap((option) => ['-o', option])];
  }
  return ['--socket-path', socket, '--shared-dir', '/', '--sandbox', 'chroot', '--cache', 'auto'];
}

export const qemuProgram = 'qemu-system-x86_64';

/**
 * Newer CPU models are slower under TCG; rdrand lets the kernel's generator start without waiting for noise. Without cx16
 * the kernel's allocator does without cmpxchg16b, after which QEMU 7.2's TCG can hand an interrupt flags that are an
 * address: Linux 6.12 died of it within seconds (double fault in kmem_cache_alloc).
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
