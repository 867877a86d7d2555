// Tunnel devices as the kernel makes them for us, in iproute2's eyes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyHostState, type Link } from '../../src/domain/host-state.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { here, ipJson, prepareNamespace } from './host-tools.ts';

let host: Host;
beforeAll(async () => {
  await prepareNamespace();
  host = await createHost();
});
afterAll(() => host.close());

function read(link: Link) {
  return host.read([{ ...emptyHostState, links: [link] }]);
}

const ends = { local: '10.0.0.2', remote: 'any' };
const kinds: readonly [Link, object][] = [
  [
    { name: 'cw-ipip', type: 'ipip', external: false, local: '10.0.0.2', up: false },
    { info_kind: 'ipip', info_data: ends },
  ],
  [
    { name: 'cw-gre', type: 'gre', external: false, local: '10.0.0.2', up: false },
    { info_kind: 'gre', info_data: ends },
  ],
  [
    { name: 'cw-ipip', type: 'ipip', external: true, up: false },
    { info_kind: 'ipip', info_data: { external: true } },
  ],
  [
    { name: 'cw-gre', type: 'gre', external: true, up: false },
    { info_kind: 'gre', info_data: { external: true } },
  ],
  [
    { name: 'cw-6in4', type: 'sit', external: false, local: '10.0.0.2', up: false },
    { info_kind: 'sit', info_data: { proto: 'ip6ip', local: '10.0.0.2', remote: 'any', pmtudisc: true } },
  ],
  [
    { name: 'cw-in6', type: 'ip6tnl', external: true, up: false },
    { info_kind: 'ip6tnl', info_data: { proto: 'any', external: true } },
  ],
  [
    { name: 'cw-gre6', type: 'ip6gre', external: true, up: false },
    { info_kind: 'ip6gre', info_data: { external: true } },
  ],
  [{ name: 'cw-vips', type: 'dummy', external: false, up: false }, { info_kind: 'dummy' }],
];

describe('tunnel devices', () => {
  it.each(kinds)('%o', async (link, linkinfo) => {
    expect(await read(link)).toMatchObject({ links: [], strangers: [] });
    await host.apply({ kind: 'add-link', link });
    const [shown] = await ipJson(`link show dev ${link.name}`);
    expect(shown).toMatchObject({ linkinfo, ifindex: await host.linkIndex(link.name) });
    expect(shown?.flags).not.toContain('UP');
    expect((await read(link)).links).toEqual([link]);

    await host.apply({ kind: 'add-link', link });
    await host.apply({ kind: 'set-link-up', link });
    expect((await ipJson(`link show dev ${link.name}`))[0]?.flags).toContain('UP');
    expect((await read(link)).links).toEqual([{ ...link, up: true }]);

    await host.apply({ kind: 'delete-link', link });
    await host.apply({ kind: 'delete-link', link });
    expect((await ipJson('link')).map((other) => other.ifname)).toEqual(['lo']);
  });

  it("leaves somebody else's device alone", async () => {
    await here('ip link add cw-ipip type dummy');
    await here('ip link add plain type ipip local 10.0.0.2 remote 10.0.0.3');
    const link: Link = { name: 'cw-ipip', type: 'ipip', external: true, up: true };
    const conflict = { code: 'conflict', subject: 'cw-ipip' };
    await expect(host.apply({ kind: 'add-link', link })).rejects.toMatchObject(conflict);
    await expect(host.apply({ kind: 'delete-link', link })).rejects.toMatchObject(conflict);
    const plain: Link = { name: 'plain', type: 'ipip', external: true, up: true };
    await expect(host.apply({ kind: 'add-link', link: plain })).rejects.toMatchObject({ code: 'conflict' });
    const ends = { local: '10.0.0.2', remote: '10.0.0.3' };
    expect((await read(plain)).links).toEqual([{ ...plain, ...ends, external: false, up: false }]);
    expect((await read({ ...link, name: 'lo' })).strangers).toMatchObject([{ kind: 'link', name: 'lo' }]);
    await here('ip link del cw-ipip');
    await here('ip link del plain');
  });

  it('says which device is missing', async () => {
    const link: Link = { name: 'cw-none', type: 'ipip', external: true, up: true };
    await expect(host.apply({ kind: 'set-link-up', link })).rejects.toMatchObject({
      code: 'kernel',
      errno: 'ENODEV',
    });
    const address = { link: 'cw-none', address: '192.0.2.10', prefixLength: 32 };
    await expect(host.apply({ kind: 'add-address', address })).rejects.toThrow('there is no device cw-none');
    await host.apply({ kind: 'delete-address', address });
  });
});
