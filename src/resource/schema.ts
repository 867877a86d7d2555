/** What resource files may say: the shape of each kind, its defaults, and for every place what is expected there. */
import * as z from 'zod';
import { type IpvsSettingName, ipvsSettingFacts, ipvsSettingNames } from '../domain/ipvs-settings.ts';
import { schedulers } from '../domain/ipvs-table.ts';
import {
  announcements,
  defaultAnnouncement,
  defaultDrainSeconds,
  defaultPlacement,
  defaultRemovalLimit,
  drainLimitSeconds,
  everyName,
  forwardingPolicies,
  placementPolicies,
  settingsName,
  slowStartLimitSeconds,
} from '../domain/resource.ts';
import { thresholdLimit } from '../domain/tuning.ts';
import { defaultGue, defaultTunnelType, tunnelTypeNames } from '../domain/tunnel.ts';
import { canonicalVip, vipExpected } from '../domain/vip-network.ts';
import { healthSchema } from './health-schema.ts';
import {
  labelKeyExpected,
  labelKeyPattern,
  labelValueExpected,
  labelValuePattern,
  nameExpected,
  namePattern,
} from './names.ts';
import { overrideSchema } from './override-schema.ts';
import { parsePort, portExpected, portPattern } from './port-text.ts';
import { flag, integer, list, mapping, matching, oneOf, resource, set, share } from './schema-parts.ts';
import { shareText } from './share-text.ts';

export const siteSchema = resource(
  'Site',
  mapping({
    tunnel: mapping({
      type: oneOf(tunnelTypeNames).default(defaultTunnelType).describe('what packets travel in'),
      port: integer(1, 65_535)
        .optional()
        .describe(
          `under gue, the UDP port at which this site's real servers take packets; default: ${defaultGue.port}`,
        ),
      checksum: flag
        .optional()
        .describe('under gue, whether the outer UDP header has a checksum; default: false'),
    })
      .prefault({})
      .describe("how packets reach this site's real servers"),
    announce: oneOf(announcements)
      .default(defaultAnnouncement)
      .describe(
        'how the network learns which of its directors take a VIP: link (an address that they answer for on their link), ' +
          'routing (one on a device of their own, which BIRD or FRR follows), vrrp (likewise, and on its link answers to whom keepalived gives it)',
      ),
  }).prefault({}),
);

const vip = z
  .string({ error: vipExpected })
  .refine((text) => canonicalVip(text) !== undefined, { error: vipExpected });

const port = matching(portPattern, portExpected).refine((text) => parsePort(text) !== undefined, {
  error: portExpected,
});

const placement = mapping({
  policy: oneOf(placementPolicies)
    .default(defaultPlacement)
    .describe('by what each site is given real servers: cost, home first, distance, or declared weights'),
  slowStartSeconds: integer(0, slowStartLimitSeconds)
    .optional()
    .describe(
      "how long a new real server's share grows; 0: off; default: 60, under schedulers that compare connections 120",
    ),
  failOpen: flag
    .default(false)
    .describe('while most of the capacity fails at once, use even what has surely failed'),
});

const selectorExpected = 'a mapping of labels that a real server must carry, such as app: web';
const aMonth = 31 * 24 * 3600;

export const serviceSchema = resource(
  'Service',
  mapping({
    vips: set(vip, 'a list of at least one address').describe(
      'addresses that clients use, IPv4 and IPv6, or networks of them, such as 192.0.2.0/28',
    ),
    ports: set(port, 'a list of at least one port, such as 80/tcp').describe(
      'ports that clients use, each with its protocol, such as 443/udp; a range of them, such as 10000-20000/udp; 80:8080/tcp under masquerade',
    ),
    selector: z
      .record(matching(labelKeyPattern, labelKeyExpected), matching(labelValuePattern, labelValueExpected), {
        error: selectorExpected,
      })
      .refine((labels) => Object.keys(labels).length > 0, { error: selectorExpected })
      .describe('labels that a real server must carry to serve it, all of them'),
    scheduler: oneOf(schedulers)
      .default('wrr')
      .describe("the kernel's, by which each director spreads connections over real servers"),
    forwarding: oneOf(forwardingPolicies)
      .default('auto')
      .describe('auto: direct where director and real server share a link, tunnel otherwise'),
    schedulerFlags: mapping({
      port: flag.describe("hash the client's port too; of itself: true for mh, false for sh"),
      fallback: flag.describe(
        'pass over real servers that get no new connections, whose clients would else be refused; of itself: true',
      ),
    })
      .optional()
      .describe("the scheduler's own; mh and sh alone have any"),
    persistence: mapping({
      seconds: integer(0, aMonth).describe('0: not at all'),
      ipv4Prefix: integer(1, 32)
        .default(32)
        .describe('clients of one network of so many bits stick to the same real server'),
      ipv6Prefix: integer(1, 128).default(128).describe('the same of IPv6'),
    })
      .optional()
      .describe('how long a client sticks to its real server; default: not at all'),
    onePacket: flag
      .default(false)
      .describe('each datagram is scheduled anew, for UDP that knows no flows, such as DNS'),
    thresholds: mapping({
      upper: integer(1, thresholdLimit).describe('connections, by the count of each director'),
      lower: integer(0, thresholdLimit)
        .default(0)
        .describe('below it new ones go there again; 0: three quarters of upper'),
    })
      .optional()
      .describe('from how many connections on a real server gets no new ones; default: no such limit'),
    placement: placement.prefault({}).describe('where connections go'),
    drainSeconds: integer(0, drainLimitSeconds)
      .optional()
      .describe(
        `how long a drained destination keeps running connections; 0: until they end; default: ${defaultDrainSeconds}`,
      ),
    health: healthSchema.prefault({}).describe('how the application is checked'),
    requireReturnPath: flag
      .default(false)
      .describe(
        'a real server gets connections only where what it sends from the VIPs was heard at another site (docs/operating.md)',
      ),
    sites: set(
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

const right = (of: string) => {
  const expected = `${JSON.stringify(everyName)}, or the name of a ${of}: ${nameExpected}`;
  return z
    .string({ error: expected })
    .refine((text) => text === everyName || namePattern.test(text), { error: expected });
};

const operator = mapping({
  name: matching(namePattern, nameExpected).describe('NAME of the certificate operator/NAME'),
  services: set(right('service'), 'a list of at least one service, or no such key for none')
    .optional()
    .describe('may change these, and overrides for these alone; "*": all'),
  sites: set(right('site'), 'a list of at least one site, or no such key for none')
    .optional()
    .describe('may change these, their real servers and directors, and overrides about them; "*": all'),
});

const settingsNameExpected = `${settingsName}: there is one Settings`;

const ipvsKeys = Object.fromEntries(
  ipvsSettingNames.map((name) => {
    const { from, to, what } = ipvsSettingFacts[name];
    return [name, integer(from, to).optional().describe(what)] as const;
  }),
) as Record<IpvsSettingName, z.ZodOptional<ReturnType<typeof integer>>>;

/** Each part has its default, so that a file says only what is otherwise. */
export const settingsSchema = resource(
  'Settings',
  mapping({
    removal: mapping({
      services: share
        .default(shareText(defaultRemovalLimit.servicesPermille))
        .describe('of all services, those that it deletes'),
      destinations: share
        .default(shareText(defaultRemovalLimit.destinationsPermille))
        .describe('of the destinations of services that stay, those that they lose'),
    })
      .prefault({})
      .describe(
        'what one change may remove without --allow-removal, where there are more than three; 100%: no limit',
      ),
    operators: list(operator, 'a list of at least one operator, or no such key for none')
      .optional()
      .describe('what holders of certificates operator/NAME may change; others: nothing'),
    ipvs: mapping(ipvsKeys)
      .optional()
      .describe(
        "the kernel's IPVS on every director; what is not named, or no longer, keeps the value it has, or Causeway's",
      ),
  }).prefault({}),
  z.literal(settingsName, { error: settingsNameExpected }),
);

export const resourceSchemas = {
  Site: siteSchema,
  Service: serviceSchema,
  RealServer: realServerSchema,
  Override: overrideSchema,
  Settings: settingsSchema,
} as const;

export type SiteDocument = z.infer<typeof siteSchema>;
export type ServiceDocument = z.infer<typeof serviceSchema>;
export type RealServerDocument = z.infer<typeof realServerSchema>;
export type SettingsDocument = z.infer<typeof settingsSchema>;
