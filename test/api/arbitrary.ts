/** Arbitrary values of the domain, as far as the wire can carry them (whole numbers, 32 bits). */
import fc from 'fast-check';
import type { HistoryAnswer } from '../../src/api/handlers.ts';
import type { AgentHello, AgentReport } from '../../src/domain/agent-message.ts';
import type { Denial } from '../../src/domain/denial.ts';
import { type CheckMethod, checkTypes, type HealthCheck } from '../../src/domain/health-check.ts';
import { type IpvsSettingName, type IpvsSettings, ipvsSettingNames } from '../../src/domain/ipvs-settings.ts';
import { schedulers } from '../../src/domain/ipvs-table.ts';
import { appVerdicts } from '../../src/domain/probe.ts';
import type { WhatIfAnswer, WhatIfChange, WhyQuestion } from '../../src/domain/question.ts';
import {
  forwardingPolicies,
  type OverrideOrder,
  overrideSubjectKinds,
  placementPolicies,
  type Resource,
  removableKinds,
  type ServicePort,
} from '../../src/domain/resource.ts';
import {
  type ChangeTerms,
  changeOutcomes,
  type RevisionChange,
  revisionActions,
  revisionStates,
  unreadable,
} from '../../src/domain/revision.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { drainStates, returnPathStates, type Status, unsupervisedReasons } from '../../src/domain/status.ts';
import type { ServiceTuning } from '../../src/domain/tuning.ts';
import { tunnelTypeNames } from '../../src/domain/tunnel.ts';

const text = fc.string({ maxLength: 12 });
const texts = fc.array(text, { maxLength: 3 });
const u32 = fc.nat({ max: 0xffff_ffff });
const u53 = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const share = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
// Keys that mean something to JavaScript's own objects are no labels (and names and labels have a pattern).
const labels = fc
  .array(fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), text), { maxLength: 3 })
  .map((pairs) => Object.fromEntries(pairs));

const gue = fc.record({ port: u32, checksum: fc.boolean() });
const port: fc.Arbitrary<ServicePort> = fc.record(
  {
    protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
    port: u32,
    lastPort: fc.integer({ min: 1, max: 65_535 }),
    targetPort: u32,
  },
  { requiredKeys: ['protocol', 'port', 'targetPort'] },
);
const method: fc.Arbitrary<CheckMethod> = fc.record({
  type: fc.constantFrom(...checkTypes),
  port: u32,
  path: text,
  host: text,
  expectStatus: u32,
  expect: fc.array(fc.record({ from: u32, to: u32 }), { maxLength: 2 }),
  headers: labels,
  tls: fc.option(fc.record({ serverName: text, verify: fc.boolean(), ca: text }), { nil: undefined }),
  grpcService: text,
});
const times = fc.record({ intervalMs: u32, timeoutMs: u32, fall: u32, rise: u32 });
const ownChecks = fc.array(
  fc.record({ port: u32, protocol: fc.constantFrom('tcp', 'udp', 'sctp'), method }),
  { maxLength: 2 },
);
const health: fc.Arbitrary<HealthCheck> = fc
  .tuple(method, times, ownChecks)
  .map(([how, when, ports]) => ({ ...how, ...when, ports }));

const order: fc.Arbitrary<OverrideOrder> = fc.oneof(
  fc.constantFrom({ kind: 'freeze' as const }, { kind: 'drain' as const }),
  fc.record({ kind: fc.constant('pin' as const), sharePermille: u32 }),
  fc.record({ kind: fc.constant('cap' as const), connections: u32 }),
  fc.record({ kind: fc.constant('bias' as const), biasMs: fc.integer({ min: -10_000, max: 10_000 }) }),
);

const routing = fc.constantFrom('routing' as const, 'vrrp' as const);

const ipvs = fc
  .record(
    Object.fromEntries(ipvsSettingNames.map((name) => [name, u32])) as Record<IpvsSettingName, typeof u32>,
    {
      requiredKeys: [],
    },
  )
  .map(({ ...values }): IpvsSettings => values);

const tuning = fc
  .record(
    {
      schedulerFlags: fc.record({ fallback: fc.boolean(), port: fc.boolean() }),
      persistencePrefix: fc.record({ ipv4: u32, ipv6: u32 }),
      onePacket: fc.constant(true as const),
      thresholds: fc.record({ upper: u32, lower: u32 }),
    },
    { requiredKeys: [] },
  )
  .filter((one) => Object.keys(one).length > 0) as fc.Arbitrary<ServiceTuning>;
const tuned = <T>(of: T, one: ServiceTuning | undefined): T =>
  one === undefined ? of : { ...of, tuning: one };
const maybeTuning = fc.option(tuning, { nil: undefined });

export const resource: fc.Arbitrary<Resource> = fc.oneof(
  fc.record({
    kind: fc.constant('Override'),
    name: text,
    order,
    subject: fc.record({ kind: fc.constantFrom(...overrideSubjectKinds), name: text }),
    services: texts,
    owner: text,
    reason: text,
    expiresAtMs: u53,
  }),
  fc.record({
    kind: fc.constant('Settings'),
    name: text,
    removal: fc.record({ servicesPermille: u32, destinationsPermille: u32 }),
    operators: fc.array(fc.record({ name: text, services: texts, sites: texts }), { maxLength: 2 }),
    ipvs,
  }),
  fc.oneof(
    fc.record({ kind: fc.constant('Site'), name: text, tunnel: fc.constantFrom(...tunnelTypeNames) }),
    fc.record({ kind: fc.constant('Site'), name: text, tunnel: fc.constant('gue'), gue, announce: routing }),
  ),
  fc.record({ kind: fc.constant('RealServer'), name: text, weight: u32, drain: fc.boolean() }),
  fc
    .record({
      kind: fc.constant('Service'),
      name: text,
      vips: texts,
      ports: fc.array(port, { maxLength: 2 }),
      selector: labels,
      scheduler: fc.constantFrom(...schedulers),
      forwarding: fc.constantFrom(...forwardingPolicies),
      persistenceSeconds: u32,
      placement: fc.constantFrom(...placementPolicies),
      slowStartSeconds: fc.option(u32, { nil: undefined }),
      failOpen: fc.boolean(),
      drainSeconds: fc.option(u32, { nil: undefined }),
      health,
      sites: texts,
    })
    .chain((one) => fc.boolean().map((is) => (is ? { ...one, requireReturnPath: true as const } : one)))
    .chain((one) => maybeTuning.map((tuning) => tuned(one, tuning))),
);

const snapshotBase = {
  version: u53,
  checksum: text,
  force: fc.boolean(),
  deletedServices: texts,
  probe: fc.record({ keyHex: text, intervalMs: u32, downAfterMs: u32, goneAfterMs: u32, rise: u32 }),
};
/** What is empty is absent. */
const keys = fc.array(fc.record({ name: text, epoch: u32, keyHex: text }), { minLength: 1, maxLength: 3 });
const forwarding = fc.constantFrom('tunnel', 'direct', 'masquerade');
const tunnel = fc.constantFrom('ipip', 'gre', 'gue');
const service = { name: text, vips: texts, ports: fc.array(port, { maxLength: 2 }) };
const lastPort = fc.integer({ min: 1, max: 65_535 });
/** What is empty is absent. */
const wide = fc.record(
  { askedPort: lastPort, networks: fc.array(text, { minLength: 1, maxLength: 2 }) },
  { requiredKeys: [] },
);

const plainSnapshot = fc.oneof(
  fc.record(
    {
      kind: fc.constant('director'),
      ...snapshotBase,
      services: fc.array(
        fc
          .record({
            ...service,
            scheduler: fc.constantFrom(...schedulers),
            persistenceSeconds: u32,
            drainSeconds: u32,
            withdrawn: fc.boolean(),
            destinations: fc.array(
              fc.record({ realServer: text, tier: u32, weight: u32, drained: fc.boolean() }),
              { maxLength: 3 },
            ),
          })
          .chain((one) => maybeTuning.map((tuning) => tuned(one, tuning)))
          .chain((one) => wide.map((own) => ({ ...one, ...own }))),
        { maxLength: 3 },
      ),
      realServers: fc.array(
        fc.record(
          { name: text, site: text, address: text, probeSlot: u32, forwarding, tunnel, gue },
          { requiredKeys: ['name', 'site', 'address', 'probeSlot', 'forwarding', 'tunnel'] },
        ),
        { maxLength: 3 },
      ),

      keys,
      ipvs,
      announce: routing,
      collecting: keys,
    },
    {
      requiredKeys: [
        'kind',
        'version',
        'checksum',
        'force',
        'deletedServices',
        'probe',
        'services',
        'realServers',
      ],
    },
  ),
  fc.record(
    {
      kind: fc.constant('realserver'),
      ...snapshotBase,
      tunnel,
      // What is empty is absent.
      alsoTunnels: fc.array(tunnel, { minLength: 1, maxLength: 2 }),
      guePorts: fc.array(u32, { minLength: 1, maxLength: 2 }),
      alsoPorts: fc.array(
        fc.record(
          { address: text, protocol: fc.constantFrom('tcp', 'udp', 'sctp'), port: u32, lastPort },
          { requiredKeys: ['address', 'protocol', 'port'] },
        ),
        { minLength: 1, maxLength: 3 },
      ),
      services: fc.array(
        fc
          .record({ ...service, health })
          .chain((one) => wide.map(({ askedPort: _, ...own }) => ({ ...one, ...own }))),
        { maxLength: 3 },
      ),
      directors: fc.array(fc.record({ name: text, address: text, forwarding }), { maxLength: 3 }),
      keys,
      collectors: fc.array(
        fc.record({ name: text, addresses: fc.array(text, { maxLength: 2 }), epoch: u32, keyHex: text }),
        { minLength: 1, maxLength: 2 },
      ),
    },
    {
      requiredKeys: [
        'kind',
        'version',
        'checksum',
        'force',
        'deletedServices',
        'probe',
        'tunnel',
        'services',
        'directors',
      ],
    },
  ),
) as fc.Arbitrary<Snapshot>;

const denials: fc.Arbitrary<readonly Denial[]> = fc.array(
  fc.record({ subject: text, beforeMs: u53, endsMs: u53, signature: text, words: text }),
  { minLength: 1, maxLength: 3 },
);

export const snapshot: fc.Arbitrary<Snapshot> = fc
  .tuple(plainSnapshot, fc.option(denials, { nil: undefined }))
  .map(([plain, denied]) => (denied === undefined ? plain : { ...plain, denied }));

const utilisation = fc.option(
  fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0),
  {
    nil: undefined,
  },
);

const load = fc.record({
  connections: fc.option(u53, { nil: undefined }),
  connectionsUtil: utilisation,
  cpuUtil: utilisation,
  backlogUtil: utilisation,
});

const reportParts = {
  paths: fc.array(
    fc.record({
      realServer: text,
      state: fc.constantFrom('up', 'down', 'gone', 'unknown'),
      sinceMs: u53,
      rttP50Us: u32,
      rttP90Us: u32,
      loss: share,
      answered: u32,
      agent: fc.constantFrom('present', 'absent', 'unknown'),
      knock: fc.constantFrom('works', 'unanswered', 'proxied', 'unknown'),
    }),
    { maxLength: 3 },
  ),
  destinations: fc.array(
    fc.record(
      {
        service: text,
        realServer: text,
        weight: fc.integer({ min: -1, max: 65_535 }),
        activeConnections: u32,
        connections: u53,
        bytesIn: u53,
        countedSinceMs: u53,
        verdict: fc.constantFrom(...appVerdicts),
      },
      {
        requiredKeys: [
          'service',
          'realServer',
          'weight',
          'activeConnections',
          'connections',
          'bytesIn',
          'countedSinceMs',
        ],
      },
    ),
    { maxLength: 3 },
  ),
  applications: fc.array(
    fc.record(
      {
        service: text,
        verdict: fc.constantFrom(...appVerdicts),
        sinceMs: u53,
        reason: text,
        failing: fc.record({
          ends: fc.array(
            fc.record({
              vip: text,
              port: u32,
              protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
              sinceMs: u53,
              reason: text,
            }),
            { maxLength: 2 },
          ),
          count: fc.integer({ min: 1, max: 100 }),
        }),
      },
      { requiredKeys: ['service', 'verdict', 'sinceMs', 'reason'] },
    ),
    { maxLength: 3 },
  ),
  load: fc.option(load, { nil: undefined }),
  troubles: texts,
  held: text,
};

export const report = fc.record(
  {
    ...reportParts,
    idleVips: fc.array(text, { minLength: 1, maxLength: 3 }),
    choices: fc.array(fc.record({ service: text, content: text, order: text, sinceMs: u53 }), {
      maxLength: 2,
    }),
    returnPaths: fc.array(fc.record({ realServer: text, heard: texts, silent: texts }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: Object.keys(reportParts) as (keyof typeof reportParts)[] },
) as fc.Arbitrary<AgentReport>;

const someGateways = fc.array(text, { minLength: 1 });
const member = { name: text, site: text, address: text, prefixLength: u32, gateways: someGateways };
const applied = { appliedVersion: u53, appliedChecksum: text, programVersion: text };

export const hello: fc.Arbitrary<AgentHello> = fc.oneof(
  fc.record({ role: fc.constant('director'), ...member, ...applied }),
  fc.record({
    ...{ role: fc.constant('director'), ...member, ...applied },
    otherAddresses: fc.array(text, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ role: fc.constant('realserver'), ...member, ...applied, labels, capacity: u32 }),
) as fc.Arbitrary<AgentHello>;

export const status = fc.record({
  revision: u53,
  coordinator: text,
  startedMs: u53,
  troubles: fc.array(text),
  isSummary: fc.boolean(),
  agents: fc.array(
    fc.record({
      role: fc.constantFrom('director', 'realserver'),
      name: text,
      site: text,
      address: text,
      connected: fc.boolean(),
      pathsLeftOut: u32,
      lastSeenMs: u53,
      wantedVersion: u53,
      appliedVersion: u53,
      refusal: text,
      ...reportParts,
    }),
    { maxLength: 3 },
  ),
  services: fc.array(
    fc.record({
      name: text,
      vips: texts,
      ports: texts,
      realServers: u32,
      healthy: u32,
      withdrawnAt: texts,
      unsupervised: u32,
    }),
    { maxLength: 3 },
  ),
  drains: fc.array(
    fc.record({ service: text, realServer: text, state: fc.constantFrom(...drainStates), connections: u53 }),
    { maxLength: 3 },
  ),
  unsupervised: fc.array(
    fc.record({ realServer: text, reason: fc.constantFrom(...unsupervisedReasons), sinceMs: u53 }),
    { maxLength: 3 },
  ),
  latency: fc.array(fc.record({ from: text, to: text, p50Us: u32, p90Us: u32, loss: share }), {
    maxLength: 3,
  }),
  parts: fc.array(fc.record({ coordinator: text, site: text, ageMs: u53 }), { minLength: 1, maxLength: 3 }),
  returnPaths: fc.array(
    fc.record({
      ...{ site: text, vip: text, state: fc.constantFrom(...returnPathStates) },
      ...{ proved: u32, refuted: u32, unknown: u32, refutedAt: texts, unheardBy: texts },
    }),
    { minLength: 1, maxLength: 3 },
  ),
}) as fc.Arbitrary<Status>;

const named = fc.option(fc.string({ minLength: 1, maxLength: 12 }), { nil: undefined });
export const whyQuestion: fc.Arbitrary<WhyQuestion> = fc.record({
  service: named,
  from: named,
  realServer: named,
  changedSinceMs: fc.option(u53, { nil: undefined }),
});

export const whatIfChange: fc.Arbitrary<WhatIfChange> = fc.oneof(
  fc.record({ kind: fc.constant('site-down' as const), site: text }),
  fc.record({ kind: fc.constant('rtt' as const), from: text, to: text, us: u32 }),
  fc.record({ kind: fc.constantFrom('capacity' as const, 'demand' as const), site: text, permille: u32 }),
  fc.record({ kind: fc.constant('drain' as const), name: text }),
);

const use = fc.record({ loadMilli: u53, capacityMilli: u53 });
export const whatIfAnswer: fc.Arbitrary<WhatIfAnswer> = fc.record({
  flows: fc.array(fc.record({ service: text, from: text, to: text, beforeMilli: u53, afterMilli: u53 }), {
    maxLength: 3,
  }),
  sites: fc.array(fc.record({ site: text, services: texts, before: use, after: use }), { maxLength: 3 }),
  movedMilli: u53,
  demandMilli: u53,
  ticks: u32,
  waitTicks: u32,
  seconds: u32,
  settled: fc.boolean(),
  sentences: texts,
});

const touched = {
  kind: fc.constantFrom(...removableKinds),
  name: text,
  outcome: fc.constantFrom(...changeOutcomes),
};

export const history: fc.Arbitrary<HistoryAnswer> = fc.record({
  oldest: u53,
  newest: u53,
  revisions: fc.array(
    fc.record(
      {
        number: u53,
        atMs: u53,
        author: fc.record({ name: text, isTold: fc.boolean() }),
        action: fc.constantFrom(...revisionActions),
        message: text,
        rolledBackTo: u53,
        isForced: fc.boolean(),
        isBeyondLimit: fc.boolean(),
        state: fc.constantFrom(...revisionStates),
        touched: fc.array(fc.record(touched), { maxLength: 3 }),
        touchedCount: u32,
      },
      {
        requiredKeys: [
          'number',
          'atMs',
          'author',
          'action',
          'message',
          'isForced',
          'isBeyondLimit',
          'state',
          'touched',
          'touchedCount',
        ],
      },
    ),
    { maxLength: 3 },
  ),
});

const end = fc.oneof(resource, fc.constant(unreadable));
export const revisionChange: fc.Arbitrary<RevisionChange> = fc.record(
  { ...touched, before: end, after: end },
  { requiredKeys: ['kind', 'name', 'outcome'] },
);

export const changeTerms: fc.Arbitrary<ChangeTerms> = fc.record(
  { author: text, message: text, ifRevision: u53, allowRemoval: fc.boolean() },
  { requiredKeys: ['author', 'message', 'allowRemoval'] },
);
