// Our nft tables in a real kernel: what nft lists of them, and that they come back as what they went in.
import { beforeAll, describe, expect, it } from 'vitest';
import type { NftTable } from '../../src/domain/host-state.ts';
import { createConnection } from '../../src/kernel/netlink/connection.ts';
import { createNft } from '../../src/kernel/nft.ts';
import { netfilterProtocol, nftKernel } from '../../src/kernel/nft-generation.ts';
import { here, prepareNamespace, slowTestMs } from './host-tools.ts';

const nft = createNft();
const name = 'causeway-test';

const closed: NftTable = {
  kind: 'closed-decapsulation',
  name,
  directors: ['10.0.0.1', '2001:db8:1::1'],
  vips: ['192.0.2.10', '2001:db8:a::10'],
  ports: [
    { address: '192.0.2.10', protocol: 'tcp', port: 80 },
    { address: '192.0.2.10', protocol: 'udp', port: 443 },
    { address: '2001:db8:a::10', protocol: 'sctp', port: 80 },
  ],
  devices: ['cw-gre', 'cw-ipip'],
};
const marks: NftTable = {
  kind: 'probe-marks',
  name,
  vips: ['192.0.2.10', '2001:db8:a::10'],
  probePort: 7483,
  marks: [
    { sourcePort: 20_001, mark: 0x4357_0001 },
    { sourcePort: 20_002, mark: 0x4357_0002 },
  ],
};

/** Ranges of ports, one of them as long as a prefix of bits, and a port between two. */
const ranged: NftTable = {
  ...marks,
  services: [
    { address: '192.0.2.10', protocol: 'tcp', port: 80, mark: 0x4380_0001 },
    { address: '192.0.2.10', protocol: 'tcp', port: 8_192, lastPort: 16_383, mark: 0x4380_0001 },
    { address: '192.0.2.10', protocol: 'tcp', port: 16_384, mark: 0x4380_0003 },
    { address: '2001:db8:a::10', protocol: 'udp', port: 1, lastPort: 65_535, mark: 0x4380_0002 },
  ],
};
const letIn: NftTable = {
  ...closed,
  ports: [...closed.ports, { address: '2001:db8:a::10', protocol: 'sctp', port: 8_000, lastPort: 8_100 }],
};

beforeAll(prepareNamespace);

describe('nft tables in the kernel', { timeout: slowTestMs }, () => {
  it('are told of by the kernel: whether one is there, and whether anybody has changed anything', async () => {
    const connection = createConnection(netfilterProtocol);
    const kernel = nftKernel(connection);
    expect(await kernel.exists('somebody')).toBe(false);
    await here('nft add table ip somebody');
    expect(await kernel.exists('somebody')).toBe(false);
    await here('nft add table inet somebody');
    expect(await kernel.exists('somebody')).toBe(true);
    const first = await kernel.generation();
    expect(first).toBeTypeOf('number');
    expect(await kernel.generation()).toBe(first);
    await here('nft delete table inet somebody');
    expect(await kernel.exists('somebody')).toBe(false);
    expect(await kernel.generation()).toBeGreaterThan(first ?? 0);
    await here('nft delete table ip somebody');
    connection.close();
  });

  it('come, change as a whole, and go', async () => {
    expect(await nft.read(name)).toBeUndefined();
    for (const table of [
      closed,
      letIn,
      { ...closed, directors: [] },
      marks,
      ranged,
      { ...marks, marks: [] },
      closed,
    ]) {
      await nft.load(table);
      expect(await nft.read(name)).toEqual(table);
    }
    await nft.remove(name);
    await nft.remove(name);
    expect(await here('nft list ruleset')).toBe('');
  });

  it('say what they do', async () => {
    await nft.load(closed);
    const lines = (await here(`nft -n list table inet ${name}`)).split('\n').map((line) => line.trim());
    for (const line of [
      'meta l4proto { 4, 41, 47 } goto ipip-gre comment "IPIP and GRE"',
      'ip saddr @directors4 counter packets 0 bytes 0 meta mark set meta mark | 0x00002000 accept comment "IPIP and GRE of a director over IPv4"',
      'meta mark & 0x00002000 != 0x00002000 counter packets 0 bytes 0 drop comment "out of a tunnel, but sent by a stranger"',
      'type filter hook prerouting priority -300; policy accept;',
      'iifname @devices goto only-vips comment "out of a tunnel"',
      'ip daddr . tcp dport @ports-tcp4 counter packets 0 bytes 0 accept comment "to a port of a VIP, TCP over IPv4"',
      'ip daddr @vips4 meta l4proto 1 counter packets 0 bytes 0 accept comment "ICMP to a VIP of IPv4"',
    ]) {
      expect(lines).toContain(line);
    }
    await nft.load(marks);
    const text = await here(`nft -n list table inet ${name}`);
    expect(text).toContain('ip6 daddr @vips6 goto probes6');
    expect(text).toContain('udp dport @probe-ports meta mark set udp sport map @marks');
    expect(text).toContain('type filter hook input priority 150; policy accept;');
    expect(text).toContain('ip6 daddr @vips6 meta l4proto != 58 counter packets 0 bytes 0 drop');
    await nft.remove(name);
  });

  it('hold a thousand directors and five thousand VIPs', async () => {
    const addresses = (count: number, prefix: string) =>
      Array.from({ length: count }, (_, index) => `${prefix}.${index >> 8}.${index & 255}`);
    const vips = addresses(5000, '10.8');
    const big: NftTable = {
      ...closed,
      directors: addresses(1000, '10.7'),
      vips,
      ports: vips.map((address) => ({ address, protocol: 'tcp', port: 80 })),
    };
    await nft.load(big);
    expect(await nft.read(name)).toEqual(big);
    await nft.remove(name);
  });

  it('are told from the tables of others, and from ours with a rule gone', async () => {
    await here(`nft add table inet ${name}`);
    expect(await nft.read(name)).toBe('foreign');
    await nft.load(closed);
    await here(`nft flush chain inet ${name} arrivals`);
    expect(await nft.read(name)).toBe('foreign');
    await nft.load(closed);
    expect(await nft.read(name)).toEqual(closed);
    await nft.remove(name);
  });

  it('leave the table as it was where the kernel refuses the new one', async () => {
    await nft.load(closed);
    await expect(nft.load({ ...closed, vips: ['no address'] })).rejects.toMatchObject({ code: 'kernel' });
    expect(await nft.read(name)).toEqual(closed);
    await nft.remove(name);
  });
});
