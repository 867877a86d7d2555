import { expect, test } from 'vitest';
import type { Service } from '../../src/domain/resource.ts';
import { udpSizes } from '../../src/plan/udp-size.ts';

const udp = { protocol: 'udp', port: 53, targetPort: 53 } as const;
const tcp = { protocol: 'tcp', port: 80, targetPort: 80 } as const;
const [vip4, vip6] = ['192.0.2.10', '2001:db8:a::10'];
const sites = { fra: { tunnel: 'ipip' }, ams: { tunnel: 'gue' } } as const;

test.each<[string, Partial<Service>, readonly string[], Readonly<Record<string, number>>, object]>([
  ['no UDP port', { ports: [tcp] }, ['10.1.0.11'], {}, {}],
  ['nobody to serve it', {}, [], {}, {}],
  ['nothing measured: as over Ethernet', {}, ['10.1.0.11'], {}, { ipv4: 1_452 }],
  ['both families of VIPs', { vips: [vip4, vip6] }, ['10.1.0.11'], {}, { ipv4: 1_452, ipv6: 1_432 }],
  ['the narrowest counts', {}, ['10.1.0.11', '2001:db8::11'], {}, { ipv4: 1_432 }],
  ['other tunnels', {}, ['10.1.0.11', 'ams 10.2.0.11'], {}, { ipv4: 1_440 }],
  ['as measured', {}, ['10.1.0.11'], { '10.1.0.11': 1_380 }, { ipv4: 1_352 }],
  [
    'measured wide, and not measured',
    {},
    ['10.1.0.11', '10.1.0.12'],
    { '10.1.0.11': 8_980 },
    { ipv4: 1_452 },
  ],
  ['directly', { forwarding: 'direct' }, ['10.1.0.11'], {}, { ipv4: 1_472 }],
  [
    'directly, the other family in a tunnel',
    { forwarding: 'direct', vips: [vip4, vip6] },
    ['10.1.0.11'],
    { '10.1.0.11': 1_500 },
    { ipv4: 1_472, ipv6: 1_432 },
  ],
])('%s', (_name, service, servers, measured, expected) => {
  const reached = servers.map((text) => {
    const [address = '', site = 'fra'] = text.split(' ').toReversed();
    return { address, site };
  });
  const whole = { vips: [vip4], ports: [udp, tcp], forwarding: 'tunnel', ...service } as Service;
  const siteOf = (name: string) => sites[name as keyof typeof sites];
  expect(udpSizes(whole, reached, siteOf, ({ address }) => measured[address])).toEqual(expected);
});
