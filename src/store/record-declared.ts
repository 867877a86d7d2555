/** What operators declare, as it stands in the store. What came with a later version has a default: a record of before is read as what it meant. */
import * as z from 'zod';
import { checkTypes } from '../domain/health-check.ts';
import { ipvsSettingNames } from '../domain/ipvs-settings.ts';
import { protocols, schedulers } from '../domain/ipvs-table.ts';
import {
  announcements,
  defaultRemovalLimit,
  forwardingPolicies,
  overrideSubjectKinds,
  placementPolicies,
  type Resource,
} from '../domain/resource.ts';
import { tunnelTypeNames } from '../domain/tunnel.ts';

const count = z.number().int().nonnegative();
const texts = z.record(z.string(), z.string());

export const siteRecord = z.object({
  kind: z.literal('Site'),
  name: z.string(),
  tunnel: z.enum(tunnelTypeNames),
  gue: z.object({ port: count, checksum: z.boolean() }).exactOptional(),
  announce: z.enum(announcements).exactOptional(),
});

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
const protocol = z.enum(protocols);
const health = z.object({
  ...method,
  intervalMs: count,
  timeoutMs: count,
  fall: count,
  rise: count,
  ports: z.array(z.object({ port: count, protocol, method: z.object(method) })).default([]),
});

const tuning = z.object({
  schedulerFlags: z.object({ fallback: z.boolean(), port: z.boolean() }).exactOptional(),
  persistencePrefix: z.object({ ipv4: count, ipv6: count }).exactOptional(),
  onePacket: z.literal(true).exactOptional(),
  thresholds: z.object({ upper: count, lower: count }).exactOptional(),
});

export const serviceRecord = z.object({
  kind: z.literal('Service'),
  name: z.string(),
  vips: z.array(z.string()),
  ports: z.array(z.object({ protocol, port: count, lastPort: count.exactOptional(), targetPort: count })),
  selector: texts,
  scheduler: z.enum(schedulers),
  forwarding: z.enum(forwardingPolicies),
  persistenceSeconds: count,
  tuning: tuning.exactOptional(),
  placement: z.enum(placementPolicies),
  slowStartSeconds: count.optional().transform((seconds) => seconds),
  failOpen: z.boolean().default(false),
  drainSeconds: count.optional().transform((seconds) => seconds),
  health,
  requireReturnPath: z.literal(true).exactOptional(),
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
  ipvs: z.partialRecord(z.enum(ipvsSettingNames), count).default({}),
});

export const resourceRecord = z.discriminatedUnion('kind', [
  siteRecord,
  serviceRecord,
  realServer,
  override,
  settings,
]) satisfies z.ZodType<Resource>;
