import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { aliveMark, guestInit, initramfsInit } from '../../../src/lab/backend/guest-init.ts';
import { guestArguments, probeArguments, virtiofsdArguments } from '../../../src/lab/backend/qemu.ts';

const image = {
  release: '6.1.0-1-cloud-amd64',
  kernel: '/c/vmlinuz',
  initramfs: '/c/initramfs',
  modules: '/c/modules',
};

describe('the guest', () => {
  it.each([
    ['initramfs', initramfsInit(['fuse', 'virtio'])],
    ['initramfs, all built in', initramfsInit([])],
    ['root', guestInit('/tmp/vm', '/c/modules')],
  ])('%s script is valid shell', (_name, script) => {
    expect(execFileSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toBe('');
  });

  it('says that its kernel lives before it needs anything, so that the probe needs no share', () => {
    const script = initramfsInit(['fuse']);
    expect(script.indexOf(aliveMark)).toBeLessThan(script.indexOf('insmod'));
    expect(script.indexOf('causeway.probe')).toBeLessThan(script.indexOf('virtiofs '));
  });

  it('keeps fallback tunnels out before any module loads', () => {
    const script = guestInit('/tmp/vm', '/c/modules');
    expect(script.indexOf('fb_tunnels_only_for_init_net')).toBeLessThan(script.indexOf('modprobe'));
  });
});

describe('QEMU', () => {
  it('is told its accelerator, size and folder', () => {
    const line = guestArguments(image, 'tcg', { cpus: 3, memoryMiB: 1024 }, '/tmp/vm').join(' ');
    expect(line).toContain('-accel tcg,thread=multi,tb-size=1024 -cpu Nehalem,+rdrand,-cx16');
    expect(line).toContain('-smp 3');
    expect(line).toContain('size=1024M,share=on');
    expect(line).toContain('causeway.dir=/tmp/vm');
  });

  it('probes without disk, network or share', () => {
    const line = probeArguments(image, 'kvm', '/tmp/console').join(' ');
    expect(line).toContain('-accel kvm -cpu host');
    expect(line).not.toContain('virtiofs');
  });

  it.each(['/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd'])(
    '%s is told socket and folder',
    (program) => {
      const line = virtiofsdArguments(program, '/tmp/s').join(' ');
      expect(line).toMatch(/--socket-path[= ]\/tmp\/s/);
      expect(line).toMatch(/(source=\/|--shared-dir \/)( |$)/);
    },
  );
});
