/** The shape of a service's `health`: how each of its ports is asked, and when. */
import * as z from 'zod';
import {
  checkLimits,
  checkPatterns,
  checkTypes,
  ownHeaders,
  parseStatusRange,
  statusExpected,
} from '../domain/health-check.ts';
import { parsePort, portExpected, portPattern } from './port-text.ts';
import { flag, integer, list, mapping, matching, oneOf } from './schema-parts.ts';

const { intervalMs, timeoutMs, fall, rise, status } = checkLimits;

function within({ from, to }: { readonly from: number; readonly to: number }) {
  return integer(from, to);
}

/** Empty says that it is none after all, where another would be taken over. */
function textOrNone(pattern: RegExp, most: number, expected: string) {
  return text(new RegExp(`${pattern.source}|^$`), most, expected);
}

function text(pattern: RegExp, most: number, expected: string) {
  return matching(pattern, expected).max(most, { error: `${expected} (at most ${most} characters)` });
}

const statusRange = z
  .union([z.number(), z.string()], { error: statusExpected })
  .refine((value) => parseStatusRange(String(value)) !== undefined, { error: statusExpected });

const headerNameExpected = `the name of a header, none of ${ownHeaders.join(', ')}`;
const headerValueExpected = 'printable text on one line';

const headers = z
  .record(
    matching(checkPatterns.headerName, headerNameExpected).refine(
      (name) => !ownHeaders.includes(name.toLowerCase()),
      { error: headerNameExpected },
    ),
    text(checkPatterns.headerValue, checkLimits.headerBytes, headerValueExpected),
    { error: 'a mapping of header names to their values' },
  )
  .refine((all) => Object.keys(all).length <= checkLimits.headers, {
    error: `at most ${checkLimits.headers} headers`,
  });

const tls = mapping({
  serverName: text(checkPatterns.serverName, checkLimits.nameBytes, 'a host name')
    .optional()
    .describe(
      "name asked for (SNI) and looked for in the certificate; default: host's, where that is a name",
    ),
  verify: flag.optional().describe('whether the certificate must be valid; default: only where ca is given'),
  ca: text(checkPatterns.ca, checkLimits.caBytes, 'certificates in PEM')
    .optional()
    .describe('authorities that may have signed it, PEM; default: the well-known ones'),
});

const how = {
  port: within(checkLimits.port)
    .optional()
    .describe('tcp port asked instead; at the top it decides for all ports; default: each port itself'),
  path: text(checkPatterns.path, checkLimits.pathBytes, 'a path that begins with /')
    .optional()
    .describe('http, https; default: /'),
  host: textOrNone(checkPatterns.host, checkLimits.nameBytes, 'a host name')
    .optional()
    .describe('http, https: Host header; default: the VIP'),
  expect: z
    .union([statusRange, list(statusRange, statusExpected).max(checkLimits.statusRanges)], {
      error: `${statusExpected}, or a list of them`,
    })
    .optional()
    .describe('http, https: statuses that are healthy, such as 200-399 or [200, 404]; default: 200'),
  expectStatus: integer(status.from, status.to)
    .optional()
    .meta({ description: 'older spelling of expect', deprecated: true }),
  headers: headers.optional().describe('http, https, grpc: sent beside those that every request has'),
  tls: tls.optional().describe('https, and grpc over TLS'),
  grpcService: textOrNone(checkPatterns.grpcService, checkLimits.nameBytes, 'the name of a gRPC service')
    .optional()
    .describe('grpc: asked of grpc.health.v1; default: the server as a whole'),
};

const typeWords =
  'none: as healthy as the way to it; http asks 443 and 8443 by https, https asks 80 by http; only tcp ports are asked';

const port = matching(portPattern, portExpected).refine((said) => parsePort(said) !== undefined, {
  error: portExpected,
});
const portCheck = mapping({
  type: oneOf(checkTypes).optional().describe('default: as above'),
  ...how,
});

export const healthSchema = mapping({
  type: oneOf(checkTypes).default('tcp').describe(typeWords),
  ...how,
  intervalMs: within(intervalMs).default(300).describe('from one check to the next'),
  timeoutMs: within(timeoutMs).default(1000).describe('how long an answer may take'),
  fall: within(fall).default(2).describe('failed checks in a row that change the verdict'),
  rise: within(rise).default(2).describe('passed checks in a row that change the verdict'),
  ports: z
    .record(port, portCheck, { error: 'a mapping of ports of the service to their checks' })
    .optional()
    .describe(
      'ports that are asked otherwise, by their text, such as 8443/tcp; what is not said is as above',
    ),
});

export type HealthDocument = z.infer<typeof healthSchema>;
export type PortCheckDocument = z.infer<typeof portCheck>;
