/** What coordinators keep beside what operators declare: what they were told, have decided and learnt, as it stands in the store. */
import * as z from 'zod';
import { askedSubjects } from '../domain/asked.ts';
import type { LiveCoordinator } from '../domain/coordinator.ts';
import type { Denial } from '../domain/denial.ts';
import type { KeptEstimates } from '../domain/estimates.ts';
import type { ServiceFlows } from '../domain/flows.ts';
import type { Handover } from '../domain/handover.ts';
import type { KeptMemory, SiteWeights } from '../domain/leader-memory.ts';
import type { Member } from '../domain/member.ts';
import { type ProbeSecrets, probeSlotLimit } from '../domain/probe.ts';
import type { LatencyEntry } from '../domain/report.ts';
import { removableKinds } from '../domain/resource.ts';
import type { ReturnPathRecord } from '../domain/return-path.ts';
import { changeOutcomes, revisionActions, revisionStates } from '../domain/revision.ts';
import { serviceRecord, siteRecord } from './record-declared.ts';

const count = z.number().int().nonnegative();
const texts = z.record(z.string(), z.string());

const memberBase = {
  name: z.string(),
  site: z.string(),
  address: z.string(),
  prefixLength: count,
  gateways: z.array(z.string()).exactOptional(),
  capabilities: z.array(z.string()).exactOptional(),
};
const director = z.object({
  role: z.literal('director'),
  ...memberBase,
  otherAddresses: z.array(z.string()).exactOptional(),
});
const realServerMember = z.object({
  role: z.literal('realserver'),
  ...memberBase,
  labels: texts,
  capacity: count,
  probeSlot: z.number().int().min(1).max(probeSlotLimit),
});

const latency = z.object({
  from: z.string(),
  to: z.string(),
  p50Us: z.number().nonnegative(),
  p90Us: z.number().nonnegative(),
  loss: z.number().min(0).max(1),
});

const returnPath = z.object({
  realServer: z.string(),
  proved: z.array(z.string()),
  refuted: z.array(z.string()),
  deaf: z.array(z.object({ director: z.string(), vips: z.array(z.string()) })).exactOptional(),
  sinceMs: count,
  isNew: z.boolean().exactOptional(),
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
  before: z.array(z.discriminatedUnion('kind', [siteRecord, serviceRecord])),
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

const coordinator = z.object({
  name: z.string(),
  site: z.string(),
  address: z.string(),
  hearsAt: z.array(z.string()).exactOptional(),
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

export const keptRecords = {
  member: z.discriminatedUnion('role', [director, realServerMember]) satisfies z.ZodType<Member>,
  slot: z.object({ owner: z.string() }),
  latency: latency satisfies z.ZodType<LatencyEntry>,
  'return-path': returnPath satisfies z.ZodType<ReturnPathRecord>,
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
  coordinator: coordinator satisfies z.ZodType<LiveCoordinator>,
  revision: revision,
  'revision-part': revisionPart,
  asked: z.object({
    subject: z.enum(askedSubjects),
    name: z.string(),
    forced: z.boolean().default(false),
  }),
} as const;
