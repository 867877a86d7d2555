import { expect, test } from 'vitest';
import { vipPortLimit } from '../../src/domain/probe.ts';
import type { ServicePort } from '../../src/domain/resource.ts';
import { checkVipPorts } from '../../src/plan/check-vip-ports.ts';
import { service } from './fixtures.ts';

function ports(from: number, count: number): ServicePort[] {
  return Array.from({ length: count }, (_, index) => ({
    protocol: 'tcp' as const,
    port: from + index,
    targetPort: from + index,
  }));
}

const vips = ['192.0.2.10', '2001:db8::10'];
const web = service({ vips, ports: ports(1, 4_000) });

test('thousands of ports on a VIP are carried', () => {
  const whole = service({ ports: ports(1, vipPortLimit) });
  expect(checkVipPorts({ services: [whole] }, whole)).toEqual([]);
});

test('services that share a VIP add up, however it is spelt; beyond what is carried the place is told', () => {
  const shop = service({ name: 'shop', vips: ['2001:DB8:0::10'], ports: ports(5_000, 97) });
  expect(checkVipPorts({ services: [web, shop] }, web)).toMatchObject([
    { path: 'spec.vips[1]', found: '2001:db8::10 with 4097 ports, 97 of them of other services' },
  ]);
  const smaller = { ...shop, ports: ports(5_000, 96) };
  expect(checkVipPorts({ services: [web, smaller] }, smaller)).toEqual([]);
});
