import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/domain/address.ts';
import { type CheckMethod, plainCheck } from '../../src/domain/health-check.ts';
import { protocols, schedulers } from '../../src/domain/ipvs-table.ts';
import type { OverrideOrder, Resource, Service } from '../../src/domain/resource.ts';
import { forwardingPolicies, placementPolicies } from '../../src/domain/resource.ts';
import { canonicalUnicast } from '../../src/domain/vip.ts';
import { formatResources } from '../../src/resource/format.ts';
import { mistakeText } from '../../src/resource/mistake.ts';
import { parseResourceFiles, parseResources } from '../../src/resource/parse.ts';

function resourcesOf(text: string): readonly Resource[] {
  const parsed = parseResources(text, 'web.yaml');
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.map(mistakeText).join('\n'));
  return parsed.resources;
}

const minimal = `
apiVersion: causeway/v1
kind: Service
metadata:
  name: web
spec:
  vips: [192.0.2.10, "2001:DB8:0:0::A"]
  ports:
    - 80/tcp
  selector: { app: web }
`;

describe('parsing', () => {
  it('fills in every default and spells addresses one way', () => {
    expect(resourcesOf(minimal)).toEqual([
      {
        kind: 'Service',
        name: 'web',
        vips: ['192.0.2.10', '2001:db8::a'],
        ports: [{ protocol: 'tcp', port: 80, targetPort: 80 }],
        selector: { app: 'web' },
        scheduler: 'wrr',
        forwarding: 'auto',
        persistenceSeconds: 0,
        placement: 'optimal',
        slowStartSeconds: undefined,
        failOpen: false,
        drainSeconds: undefined,
        health: {
          ...plainCheck,
          ports: [],
          type: 'tcp',
          port: 0,
          path: '/',
          host: '',
          expectStatus: 200,
          intervalMs: 300,
          timeoutMs: 1000,
          fall: 2,
          rise: 2,
        },
        sites: [],
      },
    ]);
  });

  it('reads several documents, empty ones between them', () => {
    const text =
      '---\napiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\n---\n# none\n---\napiVersion: causeway/v1\nkind: RealServer\nmetadata: { name: a }\nspec: { drain: true }\n';
    expect(resourcesOf(text)).toEqual([
      { kind: 'Site', name: 'fra', tunnel: 'ipip' },
      { kind: 'RealServer', name: 'a', weight: 100, drain: true },
    ]);
  });

  it.each<[string, OverrideOrder]>([
    ['kind: freeze', { kind: 'freeze' }],
    ['kind: drain', { kind: 'drain' }],
    ['kind: pin\n  share: 12.5%', { kind: 'pin', sharePermille: 125 }],
    ['kind: cap\n  connections: 0', { kind: 'cap', connections: 0 }],
    ['kind: bias\n  biasMs: -250', { kind: 'bias', biasMs: -250 }],
  ])('reads an override: %j', (lines, order) => {
    const common = '  site: fra\n  owner: ann\n  reason: works\n  expires: 2030-01-31T20:00:00+02:00\n';
    const text = `apiVersion: causeway/v1\nkind: Override\nmetadata: { name: o }\nspec:\n  ${lines}\n${common}`;
    expect(resourcesOf(text)).toEqual([
      {
        kind: 'Override',
        name: 'o',
        order,
        subject: { kind: 'site', name: 'fra' },
        services: [],
        owner: 'ann',
        reason: 'works',
        expiresAtMs: Date.UTC(2030, 0, 31, 18),
      },
    ]);
  });

  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['90d', 90 * 86_400_000],
  ])('counts a time from now from the time that it is given: %s', (span, ms) => {
    const text = `apiVersion: causeway/v1\nkind: Override\nmetadata: { name: o }\nspec: { kind: drain, realServer: fra-1, services: [web], owner: ann, reason: works, for: ${span} }\n`;
    expect(parseResources(text, 'o.yaml', 1_000)).toMatchObject({
      resources: [
        { expiresAtMs: 1_000 + ms, subject: { kind: 'realServer', name: 'fra-1' }, services: ['web'] },
      ],
    });
  });

  it('lets masquerade change the port', () => {
    const text = minimal.replace('80/tcp', '80:8080/tcp').replace('spec:', 'spec:\n  forwarding: masquerade');
    expect(resourcesOf(text)).toMatchObject([{ ports: [{ port: 80, targetPort: 8080 }] }]);
  });

  it('finds what the coordinator objects to, in the file that says it', () => {
    const site = 'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\n';
    const parsed = parseResourceFiles([
      { file: 'site.yaml', text: site },
      { file: 'web.yaml', text: minimal },
    ]);
    if ('mistakes' in parsed) throw new Error('refused');
    const web = { kind: 'Service', name: 'web' } as const;
    expect(parsed.locate(web, 'spec.vips[1]')).toEqual({ file: 'web.yaml', line: 7, column: 22 });
    expect(parsed.locate(web, 'spec.ports[0]')).toEqual({ file: 'web.yaml', line: 9, column: 7 });
    expect(parsed.locate(web, 'spec.selector.app')).toMatchObject({ line: 10 });
    // Left to its default: the nearest thing above it.
    expect(parsed.locate(web, 'spec.health.port')).toMatchObject({ line: 6 });
    expect(parsed.locate({ kind: 'Site', name: 'fra' }, 'spec.tunnel.type')).toMatchObject({
      file: 'site.yaml',
    });
    expect(parsed.locate({ kind: 'Site', name: 'lon' }, 'spec')).toBeUndefined();
  });

  it('refuses a resource that stands in two files', () => {
    const parsed = parseResourceFiles([
      { file: 'a.yaml', text: minimal },
      { file: 'b.yaml', text: minimal },
    ]);
    expect('mistakes' in parsed && parsed.mistakes.map(mistakeText)).toEqual([
      'b.yaml:5: metadata.name: found Service/web again, expected each resource once: the other stands at a.yaml:5',
    ]);
  });
});

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/);
const label = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?$/);
const bytes = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);
const vip = bytes.map(formatAddress).filter((text) => canonicalUnicast(text) !== undefined);
const portNumber = fc.integer({ min: 1, max: 65_535 });
const count = fc.integer({ min: 1, max: 100 });
const status = fc.integer({ min: 200, max: 599 });
/** As a file is read: one status alone stands in `expectStatus`, of several that one which agents of before know. */
const statuses = fc.oneof(
  status.map((expectStatus) => ({ expectStatus, expect: [] })),
  fc
    .tuple(fc.integer({ min: 201, max: 300 }), fc.integer({ min: 301, max: 599 }), status)
    .map(([from, to, one]) => ({
      expectStatus: one === 200 ? 200 : from,
      expect: [
        { from, to },
        { from: one, to: one },
      ],
    })),
);
const headers = fc
  .dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[ -~]{0,12}$/), { maxKeys: 2 })
  .map((made) => ({ ...made }));
const tls = fc.record({
  serverName: fc.oneof(fc.constant(''), name),
  verify: fc.boolean(),
  ca: fc.constant(''),
});
const host = fc.oneof(fc.constant(''), fc.stringMatching(/^[a-z0-9.:-]{1,20}$/));
const path = fc.stringMatching(/^\/[!-~]{0,20}$/);
const asked = fc.record({ path, host, headers, port: portNumber });
const method: fc.Arbitrary<CheckMethod> = fc.oneof(
  fc.constant({ ...plainCheck, type: 'none' as const, port: 0 }),
  portNumber.map((port) => ({ ...plainCheck, type: 'tcp' as const, port })),
  fc.tuple(asked, statuses).map(([how, what]) => ({ ...plainCheck, ...how, ...what, type: 'http' as const })),
  fc
    .tuple(asked, statuses, tls)
    .map(([how, what, secure]) => ({ ...plainCheck, ...how, ...what, tls: secure, type: 'https' as const })),
  fc
    .tuple(headers, portNumber, fc.option(tls, { nil: undefined }), fc.oneof(fc.constant(''), name))
    .map(([own, port, secure, grpcService]) => ({
      ...plainCheck,
      headers: own,
      port,
      tls: secure,
      grpcService,
      type: 'grpc' as const,
    })),
);
const times = fc.record({
  fall: count,
  rise: count,
  intervalMs: fc.integer({ min: 50, max: 10_000 }),
  timeoutMs: fc.integer({ min: 10, max: 10_000 }),
});

const service: fc.Arbitrary<Service> = fc
  .record({
    kind: fc.constant('Service' as const),
    name,
    vips: fc.uniqueArray(vip, { minLength: 1, maxLength: 4 }),
    ports: fc.uniqueArray(
      fc.record({
        protocol: fc.constantFrom(...protocols),
        port: portNumber.filter((port) => port !== 7483),
        targetPort: portNumber,
      }),
      { minLength: 1, maxLength: 4, selector: ({ port, protocol }) => `${port}/${protocol}` },
    ),
    selector: fc.dictionary(label, label, { minKeys: 1, maxKeys: 4 }).map((labels) => ({ ...labels })),
    scheduler: fc.constantFrom(...schedulers),
    forwarding: fc.constantFrom(...forwardingPolicies),
    persistenceSeconds: fc.integer({ min: 0, max: 10_000 }),
    placement: fc.constantFrom(...placementPolicies),
    slowStartSeconds: fc.option(fc.nat(3_600), { nil: undefined }),
    failOpen: fc.boolean(),
    drainSeconds: fc.option(fc.nat(86_400), { nil: undefined }),
    method,
    times,
    own: fc.array(method, { maxLength: 2 }),
    sites: fc.uniqueArray(name, { maxLength: 3 }),
  })
  .map(({ method, times, own, ...made }): Service => {
    const ports = made.ports
      .slice(0, own.length)
      .map(({ port, protocol }, index) => ({ port, protocol, method: own[index] ?? method }));
    return { ...made, health: { ...method, ...times, ports } };
  })
  .map((made) =>
    made.forwarding === 'masquerade'
      ? made
      : { ...made, ports: made.ports.map((port) => ({ ...port, targetPort: port.port })) },
  );

const order: fc.Arbitrary<OverrideOrder> = fc.oneof(
  fc.constant({ kind: 'drain' as const }),
  fc.record({ kind: fc.constant('pin' as const), sharePermille: fc.nat(1_000) }),
  fc.record({ kind: fc.constant('cap' as const), connections: fc.nat(1_000_000_000) }),
);
const siteOrder: fc.Arbitrary<OverrideOrder> = fc.oneof(
  order,
  fc.constant({ kind: 'freeze' as const }),
  fc.record({ kind: fc.constant('bias' as const), biasMs: fc.integer({ min: -10_000, max: 10_000 }) }),
);
const override = fc
  .record({
    kind: fc.constant('Override' as const),
    name,
    services: fc.uniqueArray(name, { maxLength: 3 }),
    owner: fc.string({ minLength: 1 }).filter((text) => text.trim() !== ''),
    reason: fc.string({ minLength: 1 }).filter((text) => text.trim() !== ''),
    expiresAtMs: fc.nat(4_000_000_000_000),
  })
  .chain((common) =>
    fc.oneof(
      fc.record({ order: siteOrder, name }).map((made) => ({
        ...common,
        order: made.order,
        subject: { kind: 'site' as const, name: made.name },
      })),
      fc.record({ order, name }).map((made) => ({
        ...common,
        order: made.order,
        subject: { kind: 'realServer' as const, name: made.name },
      })),
    ),
  );

const permille = fc.nat(1_000);
const resource: fc.Arbitrary<Resource> = fc.oneof(
  service,
  fc.record({
    kind: fc.constant('Settings' as const),
    name: fc.constant('default'),
    removal: fc.record({ servicesPermille: permille, destinationsPermille: permille }),
    operators: fc.uniqueArray(
      fc.record({
        name,
        services: fc.oneof(fc.constant(['*']), fc.uniqueArray(name, { minLength: 1, maxLength: 3 })),
        sites: fc.uniqueArray(name, { maxLength: 3 }),
      }),
      { maxLength: 3, selector: (one) => one.name },
    ),
    ipvs: fc.constantFrom({}, { tcpTimeoutSeconds: 60, conntrack: 1 }),
  }),
  override,
  fc.oneof(
    fc.record({
      kind: fc.constant('Site' as const),
      name,
      tunnel: fc.constantFrom('ipip' as const, 'gre' as const),
    }),
    fc.record({
      kind: fc.constant('Site' as const),
      name,
      tunnel: fc.constant('gue' as const),
      gue: fc.record({ port: fc.integer({ min: 1, max: 65_535 }), checksum: fc.boolean() }),
    }),
  ),
  fc.record({
    kind: fc.constant('RealServer' as const),
    name,
    weight: fc.integer({ min: 0, max: 1000 }),
    drain: fc.boolean(),
  }),
);

describe('formatting', () => {
  it('is read back as the same resources', () => {
    const several = fc.uniqueArray(resource, {
      minLength: 1,
      maxLength: 5,
      selector: (made) => `${made.kind}/${made.name}`,
    });
    fc.assert(
      fc.property(several, (resources) => {
        expect(resourcesOf(formatResources(resources))).toEqual(resources);
      }),
      { numRuns: 200 },
    );
  });
});
