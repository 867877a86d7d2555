/** Small worlds of everything that snapshots are made from. */
import fc from 'fast-check';
import type { World } from '../../src/domain/world.ts';
import { director, latency, override, realServer, service, site, world } from './fixtures.ts';

const sites = ['fra', 'lon', 'nyc'];
const selectors = [{}, { app: 'web' }, { app: 'api' }, { app: 'web', tier: '1' }];

const drawnService = fc.record({
  selector: fc.constantFrom(...selectors),
  forwarding: fc.constantFrom('auto' as const, 'tunnel' as const, 'direct' as const, 'masquerade' as const),
  placement: fc.constantFrom('local' as const, 'latency' as const, 'static' as const, 'optimal' as const),
  scheduler: fc.constantFrom('wrr' as const, 'mh' as const),
  sites: fc.subarray(sites),
  drainSeconds: fc.constantFrom(undefined, 60),
  isWithdrawn: fc.boolean(),
  isPlanned: fc.boolean(),
});

export const drawnWorld = fc
  .record({
    sites: fc.subarray(sites, { minLength: 1 }),
    services: fc.array(drawnService, { maxLength: 5 }),
    servers: fc.array(
      fc.record({ labels: fc.constantFrom(...selectors), site: fc.constantFrom(...sites), net: fc.nat(1) }),
      { maxLength: 8 },
    ),
    directors: fc.array(fc.record({ site: fc.constantFrom(...sites), net: fc.nat(1) }), { maxLength: 4 }),
    drained: fc.option(fc.nat(7), { nil: undefined }),
    order: fc.option(fc.record({ site: fc.boolean(), of: fc.nat(7), service: fc.option(fc.nat(4)) }), {
      nil: undefined,
    }),
    far: fc.nat(100),
  })
  .map(({ servers, directors, services, drained, order, far, ...drawn }): World => {
    const names = services.map((_, index) => `s${index}`);
    return world({
      sites: drawn.sites.map((name) => site(name, name === 'nyc' ? 'gre' : 'ipip')),
      services: services.map(({ isWithdrawn: _w, isPlanned: _p, ...one }, index) =>
        service({ name: `s${index}`, vips: [`192.0.2.${index}`], ...one }),
      ),
      directors: directors.map(({ site: at, net }, index) =>
        director(`d${index}`, { site: at, address: `10.${net}.0.${index}` }),
      ),
      realServers: servers.map(({ site: at, net, labels }, index) =>
        realServer(`r${index}`, {
          ...{ site: at, labels, address: `10.${net}.0.${10 + index}`, probeSlot: index + 1 },
        }),
      ),
      realServerPolicies:
        drained === undefined ? [] : [{ kind: 'RealServer', name: `r${drained}`, weight: 50, drain: true }],
      overrides:
        order === undefined
          ? []
          : [
              override({
                subject: order.site
                  ? { kind: 'site', name: 'lon' }
                  : { kind: 'realServer', name: `r${order.of}` },
                services: order.service === null ? [] : [`s${order.service}`],
              }),
            ],
      latency: [latency('fra', 'lon', far), latency('fra', 'nyc', 50), latency('lon', 'nyc', 70)],
      plannedWeights: new Map(
        names.flatMap((name, index) =>
          services[index]?.isPlanned
            ? [
                [
                  name,
                  new Map([
                    [
                      'fra',
                      new Map([
                        ['r0', 7],
                        ['r1', 3],
                      ]),
                    ],
                  ]),
                ] as const,
              ]
            : [],
        ),
      ),
      withdrawals: new Map(
        names.flatMap((name, index) =>
          services[index]?.isWithdrawn
            ? [
                [
                  name,
                  new Map([['lon', { sinceMs: 0, reachableConnections: 1, usableConnections: 0 }]]),
                ] as const,
              ]
            : [],
        ),
      ),
    });
  });
