/** What resource files may say: the shape of each kind, its defaults, and for every place what is expected there. */
import * as z from 'zod';
import { schedulers } from '../domain/ipvs-table.ts';
import {
  apiVersion,
  defaultPlacement,
  forwardingPolicies,
  placementPolicies,
  siteTunnelTypes,
  slowStartLimitSeconds,
} from '../domain/resource.ts';
import {
  labelKeyExpected,
  labelKeyPattern,
  labelValueExpected,
  labelValuePattern,
  nameExpected,
  namePattern,
} from './names.ts';
import { parsePort, portExpected, portPattern } from './port-text.ts';
import { canonicalVip, vipExpected } from './vip.ts';

// Each schema's error text is the `expected` of a mistake; parse.ts adds what was found and where.

/** A mapping with these keys and no others. */
function mapping<S extends z.core.$ZodLooseShape>(shape: S) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? `one of the keys ${keys}` : `a mapping with the keys ${keys}`,
  });
}

function matching(pattern: RegExp, expected: string) {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}

function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

function integer(from: number, to: number) {
  const expected = `a whole number from ${from} to ${to}`;
  return z
    .number({ error: expected })
    .int({ error: expected })
    .min(from, { error: expected })
    .max(to, { error: expected });
}

const flag = z.boolean({ error: 'true or false' });

function list<T extends z.ZodType>(item: T, expected: string) {
  return z.array(item, { error: expected }).min(1, { error: expected });
}

function resource<const K extends string, S extends z.ZodType>(kind: K, spec: S) {
  return mapping({
    apiVersion: z.literal(apiVersion, { error: apiVersion }),
    kind: z.literal(kind, { error: kind }),
    metadata: mapping({ name: matching(namePattern, nameExpected) }),
    spec,
  });
}

export const siteSchema = resource(
  'Site',
  mapping({
    tunnel: mapping({ type: oneOf(siteTunnelTypes).default('ipip') })
      .prefault({})
      .describe("how packets reach this site's real servers"),
  }).prefault({}),
);

const vip = z
  .string({ error: vipExpected })
  .refine((text) => canonicalVip(text) !== undefined, { error: vipExpected });

const port = matching(portPattern, portExpected).refine((text) => parsePort(text) !== undefined, {
  error: portExpected,
});

const health = mapping({
  type: oneOf(['tcp', 'http']).default('tcp'),
  port: integer(1, 65_535).optional().describe("default: the service's first tcp port"),
  path: matching(/^\/[!-~]*$/, 'a path that begins with /')
    .optional()
    .describe('http; default: /'),
  host: matching(/^[!-~]+$/, 'a host name')
    .optional()
    .describe('http: Host header; default: the VIP'),
  expectStatus: integer(100, 599).optional().describe('http; default: 200'),
  intervalMs: integer(50, 3_600_000).default(300),
  timeoutMs: integer(10, 60_000).default(1000),
  fall: integer(1, 100).default(2).describe('failed checks in a row that change the verdict'),
  rise: integer(1, 100).default(2).describe('passed checks in a row that change the verdict'),
});

const placement = mapping({
  policy: oneOf(placementPolicies).default(defaultPlacement),
  slowStartSeconds: integer(0, slowStartLimitSeconds)
    .optional()
    .describe("how long a new real server's share grows; 0: off; default: 60, under wlc and sed 120"),
  failOpen: flag
    .default(false)
    .describe('while most of the capacity fails at once, use even what has surely failed'),
});

const selectorExpected = 'a mapping of labels that a real server must carry, such as app: web';
const aMonth = 31 * 24 * 3600;

export const serviceSchema = resource(
  'Service',
  mapping({
    vips: list(vip, 'a list of at least one address'),
    ports: list(port, 'a list of at least one port, such as 80/tcp'),
    selector: z
      .record(matching(labelKeyPattern, labelKeyExpected), matching(labelValuePattern, labelValueExpected), {
        error: selectorExpected,
      })
      .refine((labels) => Object.keys(labels).length > 0, { error: selectorExpected }),
    scheduler: oneOf(schedulers).default('wrr'),
    forwarding: oneOf(forwardingPolicies)
      .default('auto')
      .describe('auto: direct where director and real server share a link, tunnel otherwise'),
    persistence: mapping({ seconds: integer(0, aMonth) })
      .optional()
      .describe('how long a client sticks to its real server; default: not at all'),
    placement: placement.prefault({}),
    health: health.prefault({}),
    sites: list(
      matching(namePattern, nameExpected),
      'a list of at least one site, or no such key for all sites',
    )
      .optional()
      .describe('sites whose directors claim the VIPs; default: all'),
  }),
);

export const realServerSchema = resource(
  'RealServer',
  mapping({
    weight: integer(0, 1000)
      .default(100)
      .describe('relative to the other real servers of its site; 100 is ordinary'),
    drain: flag.default(false).describe('no new connections; running ones go on'),
  }).prefault({}),
);

export const resourceSchemas = {
  Site: siteSchema,
  Service: serviceSchema,
  RealServer: realServerSchema,
} as const;

export type SiteDocument = z.infer<typeof siteSchema>;
export type ServiceDocument = z.infer<typeof serviceSchema>;
export type RealServerDocument = z.infer<typeof realServerSchema>;
