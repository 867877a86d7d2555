/** How an application is checked: a service's `health`, its limits, and which check each of its ports gets. Pure. */
import type { Protocol } from './ipvs-table.ts';

/** `none`: nobody asks the application; the port is as healthy as the way to it. */
export const checkTypes = ['none', 'tcp', 'http', 'https', 'grpc'] as const;
export type CheckType = (typeof checkTypes)[number];

/** Both ends included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

export interface CheckTls {
  /** Name asked for (SNI) and looked for in the certificate; empty: the Host header's, where that is a name. */
  readonly serverName: string;
  /** Whether the certificate must be valid, by `ca` or else by the authorities that Node knows. */
  readonly verify: boolean;
  /** PEM; empty: the well-known authorities. */
  readonly ca: string;
}

/** How one port is asked. */
export interface CheckMethod {
  readonly type: CheckType;
  /** Port asked instead of the service's own; 0: that itself. */
  readonly port: number;
  /** http and https: request path, Host header (empty: the VIP). */
  readonly path: string;
  readonly host: string;
  /** The one status that counts, where `expect` is empty. */
  readonly expectStatus: number;
  readonly expect: readonly StatusRange[];
  /** http, https, grpc: by name; beside those that every request has. */
  readonly headers: Readonly<Record<string, string>>;
  /** https, and grpc where it is given. */
  readonly tls: CheckTls | undefined;
  /** grpc: name of the service asked about; empty: the server as a whole. */
  readonly grpcService: string;
}

/** A port that is asked otherwise than the rest. */
export interface PortCheck {
  readonly port: number;
  readonly protocol: Protocol;
  readonly method: CheckMethod;
}

/** The checks that a real server's agent makes against each VIP on its own device. */
export interface HealthCheck extends CheckMethod {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Checks in a row that change the verdict. A refused connection counts at once. */
  readonly fall: number;
  readonly rise: number;
  readonly ports: readonly PortCheck[];
}

/** What a check says that asks for nothing in particular. */
export const plainCheck = {
  path: '/',
  host: '',
  expectStatus: 200,
  expect: [],
  headers: {},
  tls: undefined,
  grpcService: '',
} as const satisfies Partial<CheckMethod>;

export const checkLimits = {
  intervalMs: { from: 50, to: 3_600_000 },
  timeoutMs: { from: 10, to: 60_000 },
  fall: { from: 1, to: 100 },
  rise: { from: 1, to: 100 },
  port: { from: 1, to: 65_535 },
  /** Answers of 1xx are passed over, so none of them can be waited for. */
  status: { from: 200, to: 599 },
  statusRanges: 16,
  headers: 16,
  headerBytes: 1_024,
  pathBytes: 1_024,
  nameBytes: 253,
  caBytes: 32_768,
} as const;

export const checkPatterns = {
  path: /^\/[!-~]*$/,
  /** A name or address, with a port where there is one. */
  host: /^[A-Za-z0-9.:_[\]-]+$/,
  /** RFC 9110, 5.6.2. */
  headerName: /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/,
  headerValue: /^[ -~]*$/,
  serverName: /^[A-Za-z0-9._-]+$/,
  grpcService: /^[A-Za-z0-9._/-]+$/,
  ca: /^\s*-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=-]+-----END CERTIFICATE-----\s*$/,
} as const;

/** Headers that every request has, or that say how long it is: not to be said twice. */
export const ownHeaders: readonly string[] = [
  'connection',
  'content-length',
  'content-type',
  'host',
  'te',
  'transfer-encoding',
  'upgrade',
];

/** Ports where nobody speaks plain HTTP, and the one where nobody speaks TLS. */
const tlsPorts: readonly number[] = [443, 8443];
const plainPort = 80;

const noCheck: CheckMethod = { ...plainCheck, type: 'none', port: 0 };
const anyCertificate: CheckTls = { serverName: '', verify: false, ca: '' };

/**
 * The check of one port: its own where it has one, else the service's. With `port` that decides for all of them; without, each tcp
 * port is asked for itself, 443 and 8443 by https where the service says http, and 80 by http where it says https. Any other
 * protocol has no check.
 */
export function checkOf(
  health: HealthCheck,
  { port, protocol }: { readonly port: number; readonly protocol: Protocol },
): CheckMethod {
  const own = health.ports.find((one) => one.port === port && one.protocol === protocol);
  if (own !== undefined) return own.method;
  if (health.type === 'none' || (health.port === 0 && protocol !== 'tcp')) return noCheck;
  const asked = health.port === 0 ? port : health.port;
  if (health.type === 'http' && tlsPorts.includes(asked))
    return { ...health, type: 'https', tls: health.tls ?? anyCertificate };
  if (health.type === 'https' && asked === plainPort) return { ...health, type: 'http', tls: undefined };
  return health;
}

/** Statuses that count as healthy. */
export function expectedStatuses({ expect, expectStatus }: CheckMethod): readonly StatusRange[] {
  return expect.length > 0 ? expect : [{ from: expectStatus, to: expectStatus }];
}

/** `200-399,404`. */
export function statusText(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/** `404`, or `200-399`; undefined where it is neither, or no status that could be waited for. */
export function parseStatusRange(text: string): StatusRange | undefined {
  const match = /^(\d{3})(?:-(\d{3}))?$/.exec(text);
  if (match === null) return undefined;
  const range = { from: Number(match[1]), to: Number(match[2] ?? match[1]) };
  return isStatusRange(range) ? range : undefined;
}

export function isStatusRange({ from, to }: StatusRange): boolean {
  const { status } = checkLimits;
  return (
    Number.isInteger(from) && Number.isInteger(to) && status.from <= from && from <= to && to <= status.to
  );
}

export const statusExpected = `a status from ${checkLimits.status.from} to ${checkLimits.status.to}, or a range such as 200-399`;
