/** Whether a VIP has more service ports, of all services together, than can be checked and told of in good time. */
import { canonicalAddress } from '../domain/address.ts';
import { vipPortLimit } from '../domain/probe.ts';
import type { Problem, Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { problemOf } from './problem.ts';
import { remembered } from './remembered.ts';

const portsOf = remembered((services: World['services']): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { vips, ports } of services) {
    for (const vip of new Set(vips.map((text) => canonicalAddress(text) ?? text)))
      counts.set(vip, (counts.get(vip) ?? 0) + ports.length);
  }
  return counts;
});

export function checkVipPorts({ services }: Pick<World, 'services'>, service: Service): Problem[] {
  return service.vips.flatMap((vip, index) => {
    const count = portsOf(services).get(canonicalAddress(vip) ?? vip) ?? 0;
    if (count <= vipPortLimit) return [];
    const others = count - service.ports.length;
    const found = `${vip} with ${count} ports${others === 0 ? '' : `, ${others} of them of other services`}`;
    const expected = `at most ${vipPortLimit} ports on one VIP, of all services together: move some to another VIP`;
    return [problemOf(service, `spec.vips[${index}]`, found, expected)];
  });
}
