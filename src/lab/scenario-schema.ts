// What a lab scenario may say: sites, the WAN between them, load, faults over time, what must hold.
import * as z from 'zod';
import { tunnelTypeNames } from '../domain/tunnel.ts';

/** What a fault may name in place of sites and hosts. */
const groups = ['leader', 'coordinators', 'etcd', 'directors', 'realservers', 'others'];

/** Device names hold 15 characters, and `nameA-nameB` is one. */
const siteName = z
  .string()
  .regex(/^[a-z][a-z0-9]{0,6}$/, 'a name of at most 7 small letters and digits')
  .refine((name) => !groups.includes(name), `a name that is none of ${groups.join(', ')}`);
const hostName = z
  .string()
  .regex(/^[a-z][a-z0-9]{0,6}-[cder]\d{1,2}$/, 'a host of a site, such as fra-r1 or fra-d1');
const sitePair = z.tuple([siteName, siteName], 'a list of two sites');
const label = z.string().min(1, 'a name');

function whole(least: number, most: number, unit = '') {
  const expected = `a whole number from ${least} to ${most}${unit === '' ? '' : ` ${unit}`}`;
  return z.int(expected).min(least, expected).max(most, expected);
}

function number(least: number, most: number, unit = '') {
  const expected = `a number from ${least} to ${most}${unit === '' ? '' : ` ${unit}`}`;
  return z.number(expected).min(least, expected).max(most, expected);
}

const site = z.strictObject({
  name: siteName,
  directors: whole(1, 4).default(1),
  realServers: whole(1, 8).default(2),
  clients: whole(0, 1).default(1),
  coordinators: whole(0, 2).default(0),
  /** Members of the etcd in which the coordinators of all sites keep their store; without any, one coordinator keeps it in a file. */
  etcd: whole(0, 1).default(0),
  /** All hosts on one link, so that directors reach real servers without a tunnel; else each has a subnet of its own. */
  sharedLink: z.boolean().default(false),
});

const wan = z.strictObject({
  between: sitePair,
  rttMs: number(0, 2_000, 'ms'),
  /** Share of packets lost each way, 0..1. */
  loss: number(0, 1).default(0),
});

const load = z.strictObject({
  /** `http://VIP[:port]/path`: what every client asks for. */
  url: z.string().regex(/^http:\/\/[\d.]+(:\d+)?\/\S*$/, 'http://ADDRESS[:PORT]/PATH'),
  newConnectionsPerSecond: number(0, 200),
  longLived: whole(0, 100),
  longLivedIntervalMs: whole(20, 60_000, 'ms').default(250),
  /** Of a request; longer where the lab's kernel is slow. */
  timeoutMs: whole(50, 30_000, 'ms').default(2_000),
  /** So long a new connection stays open once it was answered: the load in concurrent connections is rate × this. */
  holdSeconds: number(0, 25, 's').default(0),
  /** Datagrams besides, to a port of the same VIP that a service has as `PORT/udp`; each is answered by one of the same size. */
  udp: z
    .strictObject({
      port: whole(1, 65_535),
      newFlowsPerSecond: number(0, 200).default(1),
      /** Each from one source port throughout, at `longLivedIntervalMs`. */
      longLived: whole(0, 100).default(1),
    })
    .optional(),
});

/** Who they are is seen when the fault begins. */
const programs = z
  .array(
    z
      .string()
      .regex(
        /^(leader|coordinators|etcd|directors|realservers|[a-z][a-z0-9]{0,6}-[cder]\d{1,2})$/,
        'leader, coordinators, etcd, directors, realservers, or a host such as fra-c1',
      ),
  )
  .min(1, 'at least one');
const cutEnd = z
  .string()
  .regex(
    /^(leader|coordinators|etcd|others|[a-z][a-z0-9]{0,6}(-[cder]\d{1,2})?)$/,
    'a site, a host, leader, coordinators, etcd, or others (all other sites)',
  );

/** What Causeway's programs and etcd, or the ways between them, can suffer: no client may notice any of it. */
const kill = z.strictObject({ kind: z.literal('kill'), programs });
const stop = z.strictObject({ kind: z.literal('stop'), programs });
const cut = z.strictObject({
  kind: z.literal('cut'),
  between: z.tuple([cutEnd, cutEnd], 'a list of two: what is cut off from what'),
  /** Only what the first sends to the second is lost. */
  oneWay: z.boolean().default(false),
});
/** The clock of their hosts is so far ahead of the others', or behind; what measures time does not see it. */
const clock = z.strictObject({
  kind: z.literal('clock'),
  programs,
  aheadSeconds: whole(-31_536_000, 31_536_000, 's'),
});
/** Of all packets between sites, each way, this share is lost beyond what the WAN loses anyway. */
const wanLoss = z.strictObject({ kind: z.literal('wan-loss'), share: number(0, 1) });
const downSeconds = number(0, 60, 's').default(5);

const common = {
  name: label,
  /** How long is looked at after the injection. */
  seconds: number(1, 60, 's').default(8),
  expect: z
    .strictObject({
      /** Whose real servers serve a site's clients once the fault is over with: `fra: nyc`. */
      servedBy: z.record(siteName, siteName).optional(),
      /** Of a change: the real servers that new connections end at once it is over with, and no others. */
      newConnectionsTo: z.array(hostName, 'a list of hosts').optional(),
    })
    .default({}),
  /** In force from before this fault until it is over. */
  during: z
    .array(
      z.discriminatedUnion(
        'kind',
        [kill, stop, cut, clock, wanLoss],
        'one of kill, stop, cut, clock, wan-loss',
      ),
      'a list of faults of the control plane',
    )
    .default([]),
};

/** A resource of the scenario: `Service/web`. */
const resourceName = z.string().regex(/^(Site|Service)\/\S+$/, 'Site/NAME or Service/NAME');

const fault = z.discriminatedUnion(
  'kind',
  [
    /** The application's process ends; its host lives on. */
    z.strictObject({ kind: z.literal('stop-application'), host: hostName, ...common }),
    /** Nothing comes from the host or gets to it, and nobody says so. */
    z.strictObject({ kind: z.literal('kill-host'), host: hostName, ...common }),
    /** The host's tunnel devices are set down, again and again while it lasts. */
    z.strictObject({
      kind: z.literal('tunnel-down'),
      host: hostName,
      holdSeconds: number(1, 30, 's').default(4),
      ...common,
    }),
    /** The round trip between two sites changes, and stays so until the end. */
    z.strictObject({
      kind: z.literal('wan-rtt'),
      between: sitePair,
      rttMs: number(0, 2_000, 'ms'),
      /** Until when all must go by it: the end of this fault, or, as a matrix takes its time, that of them all, and the next one comes at once. */
      believedBy: z.enum(['its end', 'the end']).default('its end'),
      ...common,
    }),
    /** SIGKILL; started again after `downSeconds`. Of a director's or a real server's host it is the agent. */
    kill.extend({ downSeconds, ...common }),
    /** SIGSTOP; they go on after `downSeconds`. */
    stop.extend({ downSeconds, ...common }),
    /** Packets between these are lost without a word, for `downSeconds`. */
    cut.extend({ downSeconds, ...common }),
    clock.extend({ downSeconds, ...common }),
    wanLoss.extend({ downSeconds, ...common }),
    /** Every agent and all coordinators, SIGTERM at once and started again as soon as each has ended: no client may notice. */
    z.strictObject({ kind: z.literal('restart-agents'), ...common }),
    /** `kill-host` of all the site's real servers at once. */
    z.strictObject({ kind: z.literal('kill-site-servers'), site: siteName, ...common }),
    /** An operator applies another declaration, and it stays: no request may fail. */
    z.strictObject({
      kind: z.literal('apply'),
      resource: resourceName,
      /** What of its spec is other than before; all else stays. */
      spec: z.record(z.string(), z.unknown(), 'a mapping'),
      /** A VIP: each client asks there from the first answer on, and until then where it did before; connections are made anew. */
      clientsMoveTo: z.ipv4('an IPv4 address').optional(),
      ...common,
    }),
  ],
  'one of stop-application, kill-host, tunnel-down, wan-rtt, kill, stop, cut, clock, wan-loss, restart-agents, kill-site-servers, apply',
);

const share = number(0, 1);

/**
 * The load or the servers change, and then, once it has settled, it is looked where connections go. With stages the applications
 * are not nginx but programs of the lab, which tell how full they are.
 */
const stage = z.strictObject({
  name: label,
  /** By site of the clients; the others go on as before. */
  newConnectionsPerSecond: z.record(siteName, number(0, 200)).default({}),
  /** By site: how many connections each of its real servers can really carry, whatever it declares. */
  realCapacity: z.record(siteName, whole(1, 1_000_000)).default({}),
  settleSeconds: number(0, 300, 's'),
  seconds: number(1, 300, 's'),
  /** At the end the planner is asked what would be if this site were down. */
  whatIfDown: siteName.optional(),
  expect: z
    .strictObject({
      /** Of a site's new connections, what goes where: `fra: { lon: [0.1, 0.4] }`. By the kernel's counters. */
      sentTo: z
        .record(siteName, z.record(siteName, z.tuple([share, share], 'a list of two shares')))
        .default({}),
      /** How far, in shares, any site may be off the plan. */
      planWithin: share.default(0.05),
      /** How much the plan may move to and fro once settled, in shares, beyond the way from its beginning to its end. */
      wanderAtMost: share.default(0.2),
      errorsAtMost: whole(0, 1_000).default(0),
    })
    .prefault({}),
});

const expectations = z.strictObject({
  errorsInSteadyPhase: whole(0, 1_000).default(0),
  /** Of the steady phase's requests, the share that the client's own site serves. */
  localShareAtLeast: number(0, 1).default(0.95),
  /**
   * From a destination's death to its weight 0 in the kernel of every director that used it. This and every other time is
   * multiplied by the pace that the lab measures of its kernel (1 to 4); past 4 there is no verdict.
   */
  detectedWithinMs: whole(1, 60_000, 'ms').default(1_000),
  convergedWithinMs: whole(1, 60_000, 'ms').default(5_000),
  errorsAfterConvergence: whole(0, 1_000).default(0),
  /** Types of tunnel that must have carried packets. */
  tunnels: z.array(z.enum(tunnelTypeNames, tunnelTypeNames.join(' or '))).default([]),
});

export const scenarioSchema = z.strictObject({
  apiVersion: z.literal('causeway/v1', 'causeway/v1'),
  kind: z.literal('Scenario', 'Scenario (the first document of a scenario file)'),
  name: label,
  mtu: whole(1_280, 9_000, 'bytes').default(1_500),
  sites: z.array(site, 'a list of sites').min(1, 'at least one site').max(12, 'at most 12 sites'),
  wan: z.array(wan, 'a list of pairs of sites').default([]),
  realServerLabels: z.record(z.string(), z.string()).default({}),
  /** Of single real servers, beside those of all. */
  labelsOf: z.record(hostName, z.record(z.string(), z.string())).default({}),
  /** Connections that each real server says it can carry. */
  realServerCapacity: whole(1, 1_000_000).default(1_000),
  /** For how long other coordinators wait for one that is silent: more where so many programs on one machine make each slow. */
  leaseSeconds: whole(3, 120, 's').default(10),
  load,
  /** Of load before anything is counted: until what so many programs starting at once have left behind is over. */
  settleSeconds: number(0, 600, 's').default(0),
  steadySeconds: number(1, 600, 's').default(8),
  faults: z.array(fault, 'a list of faults').default([]),
  stages: z.array(stage, 'a list of stages').default([]),
  expect: expectations.prefault({}),
});

export type ScenarioDocument = z.infer<typeof scenarioSchema>;
export type WanSpec = z.infer<typeof wan>;
export type LoadSpec = z.infer<typeof load>;
export type Fault = z.infer<typeof fault>;
export type ProgramsFault = z.infer<typeof kill> | z.infer<typeof stop>;
export type CutFault = z.infer<typeof cut>;
export type ClockFault = z.infer<typeof clock>;
export type WanLossFault = z.infer<typeof wanLoss>;
export type ControlFault = ProgramsFault | CutFault | ClockFault | WanLossFault;
export type Stage = z.infer<typeof stage>;
export type Expectations = z.infer<typeof expectations>;
