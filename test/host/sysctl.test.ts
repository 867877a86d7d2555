// Settings under /proc/sys: names, and what is said when one can't be read or written. A folder stands in for /proc/sys.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSysctlTree } from '../../src/kernel/sysctl.ts';
import { linkOfSysctl, sysctlPath } from '../../src/kernel/sysctl-name.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sysctl-'));
  await mkdir(join(root, 'net/ipv4/conf/eth0.100'), { recursive: true });
  await writeFile(join(root, 'net/ipv4/conf/eth0.100/rp_filter'), '1\n');
  await writeFile(join(root, 'net/ipv4/ip_local_port_range'), '32768\t60999\n');
});
afterAll(() => rm(root, { recursive: true }));

describe('sysctl names', () => {
  it.each([
    ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
    ['net.ipv4.conf.cw-ipip.rp_filter', 'net/ipv4/conf/cw-ipip/rp_filter'],
    ['net.ipv4.conf.eth0/100.rp_filter', 'net/ipv4/conf/eth0.100/rp_filter'],
  ])('%s is %s', (name, path) => {
    expect(sysctlPath(name)).toBe(path);
  });

  it.each(['', 'net', 'net..ip_forward', 'net.//.//.etc.passwd', '.net.ipv4', 'net./.x', 'net.ipv4.x\0y'])(
    '%j is none',
    (name) => {
      expect(() => sysctlPath(name)).toThrow(expect.objectContaining({ code: 'invalid' }));
    },
  );

  it.each([
    ['eth0', 'net.ipv4.conf.eth0.rp_filter'],
    ['eth0.100', 'net.ipv4.conf.eth0/100.rp_filter'],
  ])('of interface %s: %s', (link, name) => {
    expect(linkOfSysctl(name)).toBe(link);
  });

  it.each(['net.ipv4.conf.all.rp_filter', 'net.ipv6.conf.default.forwarding', 'net.ipv4.vs.sloppy_tcp'])(
    '%s belongs to no interface',
    (name) => {
      expect(linkOfSysctl(name)).toBeUndefined();
    },
  );
});

describe('sysctl values', () => {
  it('reads, with blanks for tabs, and tells absence', async () => {
    const tree = createSysctlTree(root);
    expect(await tree.read('net.ipv4.ip_local_port_range')).toBe('32768 60999');
    expect(await tree.read('net.ipv4.conf.gone.rp_filter')).toBeUndefined();
  });

  it('writes what exists, and makes nothing', async () => {
    const tree = createSysctlTree(root);
    await tree.write('net.ipv4.conf.eth0/100.rp_filter', '2');
    expect(await readFile(join(root, 'net/ipv4/conf/eth0.100/rp_filter'), 'utf8')).toBe('2\n');
    const missing = tree.write('net.ipv4.conf.eth0/100.none', '1');
    await expect(missing).rejects.toMatchObject({ code: 'not-found', operation: 'write sysctl' });
  });
});
