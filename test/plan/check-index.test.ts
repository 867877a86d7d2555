/** What is looked up when resources are checked, against going through everything for each. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalAddress } from '../../src/domain/address.ts';
import { resourceId, type Service } from '../../src/domain/resource.ts';
import { atOnce } from '../../src/domain/steps.ts';
import type { World } from '../../src/domain/world.ts';
import { checkForwarding } from '../../src/plan/check-forwarding.ts';
import { checkResources } from '../../src/plan/check-resources.ts';
import { selects } from '../../src/plan/selection.ts';
import { membersAt, selectedInWorld, servicesWithVip } from '../../src/plan/world-index.ts';
import { realServer, service, world } from './fixtures.ts';

const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:DB8:0::1', '10.1.0.11', 'nonsense'];
const drawn = fc
  .record({
    services: fc.array(
      fc.record({
        vips: fc.uniqueArray(fc.constantFrom(...addresses), { maxLength: 3 }),
        forwarding: fc.constantFrom(
          'auto' as const,
          'tunnel' as const,
          'direct' as const,
          'masquerade' as const,
        ),
        selector: fc.constantFrom({}, { app: 'web' }, { app: 'api' }, { app: 'web', tier: '1' }),
        isChanged: fc.boolean(),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    servers: fc.array(fc.constantFrom({ app: 'web' }, { app: 'api' }, { app: 'web', tier: '1' }, {}), {
      maxLength: 6,
    }),
  })
  .map(({ services, servers }) => {
    const given: World = world({
      services: services.map(({ isChanged: _, ...one }, index) => service({ name: `s${index}`, ...one })),
      realServers: servers.map((labels, index) => realServer(`r${index}`, { labels })),
    });
    const changed = new Set(given.services.filter((_, index) => services[index]?.isChanged).map(resourceId));
    return { given, changed };
  });

/** Each pair of services and each real server. */
function contradicting(
  { services, realServers }: World,
  one: Service,
  changed: ReadonlySet<string>,
): Service[] {
  if (one.forwarding === 'auto') return [];
  return services.filter(
    (other) =>
      !(changed.has(resourceId(other)) && other.name > one.name) &&
      other.forwarding !== 'auto' &&
      other.forwarding !== one.forwarding &&
      realServers.some((server) => selects(one, server) && selects(other, server)),
  );
}

test('VIPs, members and selections are found as by going through all of them', () => {
  fc.assert(
    fc.property(drawn, ({ given }) => {
      for (const address of addresses.flatMap((text) => canonicalAddress(text) ?? [])) {
        const has = (text: string): boolean => canonicalAddress(text) === address;
        expect(servicesWithVip(given)(address)).toEqual(given.services.filter(({ vips }) => vips.some(has)));
        expect(membersAt(given)(address)).toEqual(
          [...given.directors, ...given.realServers].filter((member) => has(member.address)),
        );
      }
      for (const one of given.services)
        expect(selectedInWorld(given)(one.name)).toEqual(given.realServers.filter((to) => selects(one, to)));
    }),
    { seed: 42, numRuns: 300 },
  );
});

test('whoever contradicts another is told so, by the name of one that it contradicts indeed', () => {
  fc.assert(
    fc.property(drawn, ({ given, changed }) => {
      for (const one of given.services) {
        const all = contradicting(given, one, changed).map((other) => `as ${resourceId(other)} says`);
        const told = checkForwarding(given, one, changed).map(({ expected }) => expected);
        expect(told.length > 0).toBe(all.length > 0);
        for (const text of told) expect(all.some((other) => text.includes(other))).toBe(true);
      }
    }),
    { seed: 42, numRuns: 500 },
  );
});

test('of 2,000 services each is looked at a few times, not once for each of the others', () => {
  let read = 0;
  const services = Array.from({ length: 2_000 }, (_, index) => {
    const one = service({
      name: `s${index}`,
      vips: [`198.18.${index >> 8}.${index & 255}`, `198.19.${index >> 8}.${index & 255}`],
    });
    return Object.defineProperty({ ...one }, 'vips', {
      enumerable: true,
      get() {
        read += 1;
        return one.vips;
      },
    });
  });
  expect(atOnce(checkResources(world({ services }), services))).toEqual([]);
  expect(read).toBeLessThan(10 * services.length);
});
