/** What stands under each key: JSON, checked on the way in. Fields that a newer version added are passed over. */
import * as z from 'zod';
import { type Asked, askedSubjects } from '../domain/asked.ts';
import type { Denial } from '../domain/denial.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import type { KeptEstimates } from '../domain/estimates.ts';
import type { ServiceFlows } from '../domain/flows.ts';
import type { Handover } from '../domain/handover.ts';
import { checkTypes } from '../domain/health-check.ts';
import { schedulers } from '../domain/ipvs-table.ts';
import type { KeptMemory, SiteWeights } from '../domain/leader-memory.ts';
import type { Member } from '../domain/member.ts';
import { type ProbeSecrets, probeSlotLimit } from '../domain/probe.ts';
import type { LatencyEntry } from '../domain/report.ts';
import {
  defaultRemovalLimit,
  forwardingPolicies,
  overrideSubjectKinds,
  placementPolicies,
  type Resource,
  removableKinds,
} from '../domain/resource.ts';
import {
  changeOutcomes,
  type Revision,
  revisionActions,
  revisionStates,
  type Touched,
} from '../domain/revision.ts';
import { siteTunnelTypes } from '../domain/tunnel.ts';
import * as keys from './keys.ts';

const count = z.number().int().nonnegative();
const texts = z.record(z.string(), z.string());

const site = z.object({ kind: z.literal('Site'), name: z.string(), tunnel: z.enum(siteTunnelTypes) });

/** What came with a later version has a default: a record of before is read as what it meant. */
const method = {
  type: z.enum(checkTypes),
  port: count,
  path: z.string(),
  host: z.string(),
  expectStatus: count,
  expect: z.array(z.object({ from: count, to: count })).default([]),
  headers: texts.default({}),
  tls: z
    .object({ serverName: z.string(), verify: z.boolean(), ca: z.string() })
    .optional()
    .transform((tls) => tls),
  grpcService: z.string().default(''),
};
const protocol = z.enum(['tcp', 'udp', 'sctp']);
const health = z.object({
  ...method,
  intervalMs: count,
  timeoutMs: count,
  fall: count,
  rise: count,
  ports: z.array(z.object({ port: count, protocol, method: z.object(method) })).default([]),
});

const service = z.object({
  kind: z.literal('Service'),
  name: z.string(),
  vips: z.array(z.string()),
  ports: z.array(z.object({ protocol, port: count, targetPort: count })),
  selector: texts,
  scheduler: z.enum(schedulers),
  forwarding: z.enum(forwardingPolicies),
  persistenceSeconds: count,
  placement: z.enum(placementPolicies),
  slowStartSeconds: count.optional().transform((seconds) => seconds),
  failOpen: z.boolean().default(false),
  drainSeconds: count.optional().transform((seconds) => seconds),
  health,
  sites: z.array(z.string()),
});

const realServer = z.object({
  kind: z.literal('RealServer'),
  name: z.string(),
  weight: count,
  drain: z.boolean(),
});

const order = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('freeze') }),
  z.object({ kind: z.literal('drain') }),
  z.object({ kind: z.literal('pin'), sharePermille: count }),
  z.object({ kind: z.literal('cap'), connections: count }),
  z.object({ kind: z.literal('bias'), biasMs: z.number().int() }),
]);

const override = z.object({
  kind: z.literal('Override'),
  name: z.string(),
  order,
  subject: z.object({ kind: z.enum(overrideSubjectKinds), name: z.string() }),
  services: z.array(z.string()),
  owner: z.string(),
  reason: z.string(),
  expiresAtMs: count,
});

const settings = z.object({
  kind: z.literal('Settings'),
  name: z.string(),
  removal: z
    .object({
      servicesPermille: count.default(defaultRemovalLimit.servicesPermille),
      destinationsPermille: count.default(defaultRemovalLimit.destinationsPermille),
    })
    .prefault({}),
  operators: z
    .array(z.object({ name: z.string(), services: z.array(z.string()), sites: z.array(z.string()) }))
    .default([]),
});

const memberBase = {
  name: z.string(),
  site: z.string(),
  address: z.string(),
  prefixLength: count,
  gateways: z.array(z.string()).exactOptional(),
  capabilities: z.array(z.string()).exactOptional(),
};
const director = z.object({ role: z.literal('director'), ...memberBase });
const realServerMember = z.object({
  role: z.literal('realserver'),
  ...memberBase,
  labels: texts,
  capacity: count,
  probeSlot: z.number().int().min(1).max(probeSlotLimit),
});

/** Owner '' is a slot that was given back; the revision of that write says how long ago. */
export interface ProbeSlotRecord {
  readonly owner: string;
}

/** What an operator asked for; when, the revision of the record says. */
export interface AskedRecord extends Pick<Asked, 'subject' | 'name'> {
  /** With force: told to agents that had refused, as well. */
  readonly forced: boolean;
}

export interface ProbeKeyRecord {
  readonly keyHex: string;
}

/** A service that was deleted on purpose. */
export interface DeletedServiceRecord {
  readonly name: string;
}

/** A revision, but for what it touched, which stands in its parts. */
export interface RevisionRecord extends Omit<Revision, 'touched'> {
  readonly parts: number;
  /** Of all its parts: counted against what the history may hold. */
  readonly bytes: number;
  /** Of one in progress: how many of its changes are made, in the order of its parts. */
  readonly made: number;
}

/** What a revision touched; what was there before and after it is read when somebody asks (`revision-changes.ts`). */
export interface RevisionPartRecord {
  readonly number: number;
  readonly part: number;
  readonly changes: readonly Touched[];
}

export type StoreRecord =
  | { readonly kind: 'revision'; readonly value: RevisionRecord }
  | { readonly kind: 'revision-part'; readonly value: RevisionPartRecord }
  | { readonly kind: 'resource'; readonly value: Resource }
  | { readonly kind: 'member'; readonly value: Member }
  | { readonly kind: 'slot'; readonly value: ProbeSlotRecord }
  | { readonly kind: 'latency'; readonly value: LatencyEntry }
  | { readonly kind: 'flows'; readonly value: ServiceFlows }
  | { readonly kind: 'weights'; readonly value: SiteWeights }
  | { readonly kind: 'leader-memory'; readonly value: KeptMemory }
  | { readonly kind: 'estimates'; readonly value: KeptEstimates }
  | { readonly kind: 'deleted-service'; readonly value: DeletedServiceRecord }
  | { readonly kind: 'probe-key'; readonly value: ProbeKeyRecord }
  | { readonly kind: 'probe-secrets'; readonly value: ProbeSecrets }
  | { readonly kind: 'asked'; readonly value: AskedRecord }
  | { readonly kind: 'handover'; readonly value: Handover }
  | { readonly kind: 'denial'; readonly value: Denial };

const latency = z.object({
  from: z.string(),
  to: z.string(),
  p50Us: z.number().nonnegative(),
  p90Us: z.number().nonnegative(),
  loss: z.number().min(0).max(1),
});

const flows = z.object({
  service: z.string(),
  flows: z.array(z.object({ from: z.string(), to: z.string(), milli: count })),
});

const weights = z.object({ service: z.string(), site: z.string(), weights: z.record(z.string(), count) });

const leaderMemory = z.object({
  leaps: z.record(z.string(), count),
  orders: z.array(z.string()),
  claims: z.record(
    z.string(),
    z.array(
      z.object({
        site: z.string(),
        isWithdrawn: z.boolean(),
        changedAtMs: z.number().exactOptional(),
        reachableConnections: z.number().nonnegative(),
        usableConnections: z.number().nonnegative(),
      }),
    ),
  ),
  cutOff: z.record(z.string(), z.array(z.string())),
});

const atMs = z.number();
const estimates = z.object({
  part: z.string(),
  servers: z
    .array(
      z.object({
        name: z.string(),
        measuredPpm: z.number().positive().exactOptional(),
        courses: z
          .array(
            z.object({
              service: z.string(),
              state: z.enum(['healthy', 'unknown', 'confirmed']),
              failedAtMs: z.array(atMs),
              recoveredAtMs: atMs.exactOptional(),
              wellSinceMs: atMs.exactOptional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  sites: z
    .array(z.object({ site: z.string(), newestAtMs: atMs, returnedAtMs: atMs.exactOptional() }))
    .default([]),
  panics: z
    .array(z.object({ service: z.string(), sinceMs: atMs, beforeConnections: z.number().nonnegative() }))
    .default([]),
});

const handover = z.object({
  kind: z.enum(['Site', 'Service']),
  name: z.string(),
  before: z.array(z.discriminatedUnion('kind', [site, service])),
  live: z.array(count).default([0]),
  ready: z.array(z.string()),
  isReady: z.boolean(),
  readyAtMs: count,
  changedOver: z.array(z.object({ name: z.string(), sinceMs: count, isAlone: z.boolean() })).default([]),
});

const denial = z.object({
  subject: z.string(),
  beforeMs: count,
  endsMs: count,
  signature: z.string(),
  words: z.string(),
});

const revision = z.object({
  number: count,
  atMs: count,
  author: z.object({ name: z.string(), isTold: z.boolean() }),
  action: z.enum(revisionActions),
  message: z.string().default(''),
  rolledBackTo: count.exactOptional(),
  isForced: z.boolean().default(false),
  isBeyondLimit: z.boolean().default(false),
  state: z.enum(revisionStates),
  parts: count,
  bytes: count,
  made: count.default(0),
});

const revisionPart = z.object({
  number: count,
  part: count,
  changes: z.array(
    z.object({ kind: z.enum(removableKinds), name: z.string(), outcome: z.enum(changeOutcomes) }),
  ),
});

const secretHex = z.string().regex(/^[0-9a-f]{32,}$/);
/** As datagrams have room for. */
const epoch = z.int().min(1).max(0xffff_ffff);

const schemas = {
  resource: z.discriminatedUnion('kind', [
    site,
    service,
    realServer,
    override,
    settings,
  ]) satisfies z.ZodType<Resource>,
  member: z.discriminatedUnion('role', [director, realServerMember]) satisfies z.ZodType<Member>,
  slot: z.object({ owner: z.string() }),
  latency: latency satisfies z.ZodType<LatencyEntry>,
  flows: flows satisfies z.ZodType<ServiceFlows>,
  weights: weights satisfies z.ZodType<SiteWeights>,
  'leader-memory': leaderMemory satisfies z.ZodType<KeptMemory>,
  estimates: estimates satisfies z.ZodType<KeptEstimates>,
  'deleted-service': z.object({ name: z.string() }),
  'probe-key': z.object({ keyHex: secretHex }),
  'probe-secrets': z.object({
    secrets: z
      .array(z.object({ epoch, secretHex, madeAtMs: count }))
      .min(1)
      .max(2),
    inUse: epoch,
  }) satisfies z.ZodType<ProbeSecrets>,
  handover: handover satisfies z.ZodType<Handover>,
  denial: denial satisfies z.ZodType<Denial>,
  revision: revision satisfies z.ZodType<RevisionRecord>,
  'revision-part': revisionPart satisfies z.ZodType<RevisionPartRecord>,
  asked: z.object({
    subject: z.enum(askedSubjects),
    name: z.string(),
    forced: z.boolean().default(false),
  }),
} as const;

/** Which record a key holds; undefined for keys of another version of Causeway. */
function kindOf(key: string): StoreRecord['kind'] | undefined {
  if (key.startsWith(keys.resourcePrefix)) return 'resource';
  if (key.startsWith(keys.memberPrefix)) return 'member';
  if (key.startsWith(keys.slotPrefix)) return 'slot';
  if (key.startsWith(keys.latencyPrefix)) return 'latency';
  if (key.startsWith(keys.flowsPrefix)) return 'flows';
  if (key.startsWith(keys.weightsPrefix)) return 'weights';
  if (key === keys.leaderMemoryKey) return 'leader-memory';
  if (key.startsWith(keys.estimatesPrefix)) return 'estimates';
  if (key.startsWith(keys.deletedServicePrefix)) return 'deleted-service';
  if (key === keys.probeKeyKey) return 'probe-key';
  if (key === keys.probeSecretsKey) return 'probe-secrets';
  if (key.startsWith(keys.handoverPrefix)) return 'handover';
  if (key.startsWith(keys.denialPrefix)) return 'denial';
  if (key.startsWith(keys.historyPrefix))
    return key.indexOf('/', keys.historyPrefix.length) < 0 ? 'revision' : 'revision-part';
  return key.startsWith(keys.askedPrefix) ? 'asked' : undefined;
}

export function encodeRecord(record: StoreRecord): string {
  return JSON.stringify(record.value);
}

/**
 * The record under a key; undefined where the key is none of ours.
 * `location`: the store's, for the message. Errors: `invalid` where the record is damaged.
 */
export function decodeRecord(key: string, text: string, location: string): StoreRecord | undefined {
  const kind = kindOf(key);
  if (kind === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The reason would quote it, and it may be a secret.
    throw corrupt(key, location, 'it is no JSON', undefined);
  }
  const result = schemas[kind].safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw corrupt(key, location, `${issue?.path.join('.') || 'record'}: ${issue?.message}`, result.error);
  }
  // The schema of the kind produced this value; TypeScript can't follow the pair through the table.
  const record = { kind, value: result.data } as StoreRecord;
  let own: string | undefined;
  try {
    own = ownKey(record);
  } catch (error) {
    // A name of half a character has no key.
    throw corrupt(key, location, messageOf(error), error);
  }
  if (own !== undefined && own !== key) throw corrupt(key, location, `it is that of ${own}`, undefined);
  return record;
}

/** Where a record belongs by what it says; undefined where it does not say. */
function ownKey(record: StoreRecord): string | undefined {
  switch (record.kind) {
    case 'resource':
      return keys.resourceKey(record.value);
    case 'member':
      return keys.memberKey(record.value.role, record.value.name);
    case 'latency':
      return keys.latencyKey(record.value.from, record.value.to);
    case 'flows':
      return keys.flowsKey(record.value.service);
    case 'weights':
      return keys.weightsKey(record.value.service, record.value.site);
    case 'estimates':
      return keys.estimatesKey(record.value.part);
    case 'deleted-service':
      return keys.deletedServiceKey(record.value.name);
    case 'asked':
      return keys.askedKey(record.value);
    case 'denial':
      return keys.denialKey(record.value);
    case 'revision':
      return keys.revisionKey(record.value.number);
    case 'revision-part':
      return keys.revisionPartKey(record.value.number, record.value.part);
    default:
      return undefined;
  }
}

function corrupt(key: string, location: string, reason: string, cause: unknown): CausewayError {
  return new CausewayError({
    code: 'invalid',
    operation: 'read record',
    subject: `${key} in ${location}`,
    message: `the record is damaged (${reason}); restore the store from a backup, or delete this key`,
    cause,
  });
}
