// Rules of others as the system's own nft and legacy iptables make and list them: what a survey of the host says of the packets that must come in.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ExpectedPacket } from '../../src/domain/packet-filter.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { whereDropped } from '../../src/plan/packet-filter.ts';
import { here, ledgerPath, prepareNamespace, slowTestMs } from './host-tools.ts';
import { deadline } from './pace.ts';

/** Each has its own memory: of changes that come quickly one hears after half a minute. */
const hosts: Host[] = [];
beforeAll(prepareNamespace);
afterAll(() => {
  for (const host of hosts) host.close();
});

const tunnelled: ExpectedPacket = {
  family: 'ipv4',
  protocol: 4,
  incoming: 'eth0',
  source: '10.1.0.2',
  destination: '10.2.0.11',
};
const web: ExpectedPacket = { family: 'ipv4', protocol: 6, destination: '192.0.2.10', destinationPort: 80 };

const usual = `
table inet filter {
  set admins { type ipv4_addr; elements = { 10.9.0.1 } }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname lo accept
    icmp type echo-request limit rate 5/second accept
    ip saddr @admins tcp dport 22 counter accept
    tcp dport { 80, 443 } accept
    jump tunnels
  }
  chain tunnels {
    ip saddr 10.3.0.0/16 meta l4proto { 4, 47 } accept comment "others"
  }
}
`;
const opened =
  'add rule inet filter tunnels ip saddr { 10.1.0.0/24, 10.2.0.0/24 } ip protocol { 4, 47 } counter accept';

const soon = { timeout: deadline(60_000), interval: 100 };

/** Where packets are dropped, by the rules as they are now. */
async function judge() {
  const host = await createHost();
  hosts.push(host);
  const filters = async () => (await host.survey({ ways: [], filtersOf: [] })).filters;
  await expect.poll(filters, soon).toBeDefined();
  const { chains } = (await filters()) ?? { chains: [] };
  return (packet: ExpectedPacket) => {
    const at = whereDropped(chains, packet);
    const legacy = at?.chain.legacy === true ? 'legacy ' : '';
    return at && `${legacy}${at.chain.table} ${at.chain.name} ${at.byPolicy}`;
  };
}

it('tells what others let in', { timeout: slowTestMs }, async () => {
  const file = ledgerPath('rules');
  writeFileSync(file, usual);
  expect((await judge())(tunnelled)).toBeUndefined();
  await here(`nft -f ${file}`);
  const before = await judge();
  expect(before(tunnelled)).toBe('filter input true');
  expect(before(web)).toBeUndefined();
  expect(before({ ...web, destinationPort: 81 })).toBe('filter input true');
  await here(`nft ${opened}`);
  const after = await judge();
  expect(after(tunnelled)).toBeUndefined();
  expect(after({ ...tunnelled, protocol: 47 })).toBeUndefined();
  expect(after({ ...tunnelled, protocol: 41 })).toBe('filter input true');
});

it('tells what legacy iptables drops', { timeout: slowTestMs }, async () => {
  const lines = [
    'nft flush ruleset',
    'iptables-legacy -N tunnels',
    'iptables-legacy -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    'iptables-legacy -A INPUT -p tcp -m multiport --dports 80,8000:8080 -m comment --comment web -j ACCEPT',
    'iptables-legacy -A INPUT -i eth+ -p 4 -g tunnels',
    'iptables-legacy -A tunnels -s 10.3.0.0/16 -j ACCEPT',
    'iptables-legacy -P INPUT DROP',
    'ip6tables-legacy -t raw -A PREROUTING -p 47 -j DROP',
  ];
  for (const line of lines) await here(line);
  const dropped = await judge();
  expect(dropped(tunnelled)).toBe('legacy filter INPUT true');
  expect(dropped({ ...tunnelled, source: '10.3.0.2' })).toBeUndefined();
  expect(dropped(web)).toBeUndefined();
  expect(dropped({ ...web, destinationPort: 81 })).toBe('legacy filter INPUT true');
  const gre6: ExpectedPacket = { family: 'ipv6', protocol: 47, destination: '2001:db8::11' };
  expect(dropped(gre6)).toBe('legacy raw PREROUTING false');
  expect(dropped({ ...gre6, protocol: 41 })).toBeUndefined();
});
