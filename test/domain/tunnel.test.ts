// The one list of tunnels and devices: each entry is whole, all parts take it from there, and nobody keeps another.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownNames } from '../../agents/realserver/own-names.ts';
import {
  deviceForDirector,
  factsOf,
  isOwnDevice,
  isOwnDeviceName,
  linkTypeNames,
  tunnelFacts,
  tunnelTypeNames,
} from '../../src/domain/tunnel.ts';
import { formatLedger, parseLedger } from '../../src/kernel/ledger-format.ts';
import { encodeLink, parseLink } from '../../src/kernel/link/codec-link.ts';
import { deviceOf, tunnelDevices } from '../../src/plan/tunnel-device.ts';

const addresses = { ipv4: '10.1.0.11', ipv6: '2001:db8:1::b' } as const;

describe.each(linkTypeNames)('a device of type %s', (type) => {
  const link = deviceOf(type, addresses.ipv4);

  test('has a name that the kernel takes, and asks about at the start', () => {
    expect(link.name).toMatch(/^cw-[a-z0-9]{1,12}$/);
    expect(ownNames.links.filter(({ name }) => name === link.name)).toHaveLength(1);
  });

  test('is read back as it was written', () => {
    expect(parseLink(encodeLink(link))?.link).toEqual({ ...link, up: false });
  });

  test('stands in the ledger', () => {
    const entries = [{ operation: { kind: 'add-link' as const, link }, done: true }];
    expect(parseLedger(formatLedger({ entries, vips: [] }))).toMatchObject({
      ok: true,
      content: { entries, vips: [] },
    });
  });
});

describe.each(tunnelTypeNames)('a site with tunnels of type %s', (type) => {
  test.each(['ipv4', 'ipv6'] as const)('has a device for every VIP, over %s', (outer) => {
    const devices = tunnelDevices(type, addresses[outer], ['ipv4', 'ipv6']);
    expect(devices.flatMap(({ carries }) => carries).toSorted()).toEqual(['ipv4', 'ipv6']);
    for (const { link } of devices) expect(factsOf(link.type).protocols).not.toEqual([]);
  });
});

test('no two types share a name, a device or a number', () => {
  const devices = linkTypeNames.map((type) => factsOf(type).device);
  expect(new Set(devices).size).toBe(devices.length);
  const numbers = tunnelTypeNames.map((type) => tunnelFacts(type).ipvs);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('a device of one director has a name that says which, that is ours, and that fits', () => {
  const v6 = ['2001:db8:1::2', '2001:db8:1::3'].map((director) => deviceForDirector('ip6tnl', director));
  expect(deviceForDirector('ipip', '10.1.0.2')).toBe('cw-i0a010002');
  expect(new Set(v6).size).toBe(2);
  for (const name of v6) {
    expect(name.length).toBeLessThanOrEqual(15);
    expect([isOwnDevice('ip6tnl', name), isOwnDevice('ipip', name), isOwnDeviceName(name)]).toEqual([
      true,
      false,
      true,
    ]);
  }
  expect(['cw-ipip', 'cw-vip'].map(isOwnDeviceName)).toEqual([true, true]);
  expect(['cw-i', 'cw-i0a0100', 'cw-x0a010002', 'tunl0'].map(isOwnDeviceName)).toEqual([
    false,
    false,
    false,
    false,
  ]);
  const letters = linkTypeNames.map((type) => factsOf(type).letter);
  expect(new Set(letters).size).toBe(letters.length);
});

test('no other file of the programs names a device or spells out a type', () => {
  const root = join(import.meta.dirname, '../..');
  const words = [...linkTypeNames.map((type) => factsOf(type).device), 'ipip', 'gre', 'ip6tnl', 'ip6gre'];
  const spelt = new RegExp(words.map((word) => `'${word}'`).join('|'));
  const guilty = ['src', 'agents'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => path.endsWith('.ts') && path !== join('src', 'domain', 'tunnel.ts'))
      .filter((path) => spelt.test(readFileSync(join(root, path), 'utf8'))),
  );
  // The lab's kernel loads what every lab stands on first; plainTunnel is the kernel's own word for no attributes.
  expect(guilty).toEqual(['src/domain/ipvs-table.ts', 'src/lab/backend/guest-init.ts']);
});
