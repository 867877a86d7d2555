/** Which keys each program's configuration has, what they mean and what they may be. */
import { canonicalAddress } from '../domain/address.ts';
import { endpoint } from '../domain/ipvs-table.ts';
import { type Network, parseNetwork } from '../domain/network.ts';
import { collectorPort } from '../domain/return-path.ts';
import { agentRoles, roles } from '../domain/role.ts';
import { labelKeyPattern, labelValuePattern, nameExpected, namePattern } from '../resource/names.ts';
import { type EtcdConfig, etcdKeys } from './config-etcd.ts';
import { deniedKey, issuerKey, type TlsConfig, type TlsServingConfig, tlsKeys } from './config-tls.ts';
import { canonicalEndpoint } from './endpoint.ts';
import { type LogLevel, logLevels } from './log.ts';

/** Of programs. */
export const programRoles = [...agentRoles, 'coordinator'] as const;
export type Role = (typeof programRoles)[number];

interface ProgramConfig extends TlsConfig {
  readonly site: string;
  readonly name: string;
  readonly stateDir: string;
  /** `host:port` of `/metrics` and `/healthz`; undefined is off. */
  readonly http: string | undefined;
  /** Networks that may ask there, beside this host itself; none: everybody. */
  readonly httpAllow: readonly Network[];
  readonly logLevel: LogLevel;
}

interface AgentConfig extends ProgramConfig {
  /** DIP or RIP: this host's underlay address, canonical. */
  readonly address: string;
  /** `host:port`, in the order in which they are tried. */
  readonly coordinators: readonly string[];
  /** Where the kernel's settings are written; only a container has them elsewhere. */
  readonly sysctlDir: string;
  /** Undo everything on this host and exit; site, address and coordinators may then be empty. */
  readonly cleanup: boolean;
  /** Change nothing on this host; say what would be changed. */
  readonly observe: boolean;
}

export interface DirectorConfig extends AgentConfig {
  readonly role: 'director';
}

export interface RealServerConfig extends AgentConfig {
  readonly role: 'realserver';
  readonly labels: Readonly<Record<string, string>>;
  /** Concurrent connections this server is built for. */
  readonly capacity: number;
  /** Causeway may take over all IPIP and GRE traffic of this host, other people's included. */
  readonly dedicated: boolean;
  /** A file in which a program of the operator's writes the share of this host in use; undefined: the host's CPU tells. */
  readonly loadFile: string | undefined;
}

export interface CoordinatorConfig extends ProgramConfig, EtcdConfig, TlsServingConfig {
  readonly role: 'coordinator';
  /** `host:port` of the gRPC API. */
  readonly listen: string;
  /** `host:port` at which agents and other coordinators reach it; undefined: by the address that it listens at, or the host's first. */
  readonly advertise: string | undefined;
  /** It is a collector of return paths, where others reach it. */
  readonly collector: boolean;
  /** A file to which each change is added as a line, with its author; undefined: none. */
  readonly audit: string | undefined;
}

export interface ConfigOf {
  readonly director: DirectorConfig;
  readonly realserver: RealServerConfig;
  readonly coordinator: CoordinatorConfig;
}

/** One key. The readers give undefined where the value is not what `expected` says. */
export interface ConfigKey<T> {
  readonly help: string;
  readonly expected: string;
  /** What stands behind the flag in the help; absent for a switch. */
  readonly placeholder?: string;
  /** Where it stands in the file; absent: at the top, under the key's own name. */
  readonly inFile?: readonly [string, string];
  readonly fromText: (text: string) => { readonly value: T } | undefined;
  readonly fromFile: (value: unknown) => { readonly value: T } | undefined;
  /** Absent: the key must be set. */
  readonly fallback?: (host: { readonly hostname: string }) => T;
  /** Stands in for a missing value when the program only cleans up. */
  readonly whenCleaning?: T;
  /** The key is a flag only: it says what to do now, not how this host is. */
  readonly flagOnly?: true;
}

export type ConfigKeys<C> = { readonly [K in Exclude<keyof C, 'role'>]: ConfigKey<C[K]> };

type Read<T> = (text: string) => T | undefined;

/** A key whose value in the file is the same text as behind its flag. */
function text<T>(read: Read<T>, key: Omit<ConfigKey<T>, 'fromText' | 'fromFile'>): ConfigKey<T> {
  const fromText = (given: string) => wrap(read(given));
  return { ...key, fromText, fromFile: (value) => (typeof value === 'string' ? fromText(value) : undefined) };
}

function wrap<T>(value: T | undefined): { value: T } | undefined {
  return value === undefined ? undefined : { value };
}

const matching =
  (pattern: RegExp): Read<string> =>
  (given) =>
    pattern.test(given) ? given : undefined;

function siteKey(): ConfigKey<string> {
  return text(matching(namePattern), {
    help: 'the site (datacentre) of this host; it must exist as a Site resource before services use it',
    expected: nameExpected,
    placeholder: 'NAME',
    whenCleaning: '',
  });
}

function nameKey(): ConfigKey<string> {
  return text(matching(namePattern), {
    help: 'the name of this host, different on every host of its role (default: the host name)',
    expected: nameExpected,
    placeholder: 'NAME',
    fallback: ({ hostname }) => hostname.toLowerCase(),
  });
}

function addressKey(help: string): ConfigKey<string> {
  return text(canonicalAddress, {
    help,
    expected: 'an IPv4 or IPv6 address, such as 10.1.0.2',
    placeholder: 'IP',
    whenCleaning: '',
  });
}

function stateDirKey(role: Role): ConfigKey<string> {
  return text(matching(/^\/.*[^/]$/), {
    help: `where state is kept (default: /var/lib/causeway/${role})`,
    expected: 'an absolute path, such as /var/lib/causeway',
    placeholder: 'DIR',
    fallback: () => `/var/lib/causeway/${role}`,
  });
}

const sysctlDirKey: ConfigKey<string> = text(matching(/^\/.*[^/]$/), {
  help: "where the kernel's settings are written; in a container that may not write there, the host's (default: /proc/sys)",
  expected: 'an absolute path, such as /host/proc/sys',
  placeholder: 'DIR',
  fallback: () => '/proc/sys',
});

const onOrOff = (given: string): { value: boolean } | undefined =>
  given === 'on' || given === 'off' ? { value: given === 'on' } : undefined;

const collectorKey: ConfigKey<boolean> = {
  help: `whether it hears what real servers of other sites send to show their return paths, at UDP ${collectorPort} (default: on)`,
  expected: 'on or off',
  placeholder: 'on|off',
  fromText: onOrOff,
  // YAML 1.2 reads a bare `off` as text; `false` means the same to whoever writes it.
  fromFile: (value) =>
    typeof value === 'boolean' ? { value } : typeof value === 'string' ? onOrOff(value) : undefined,
  fallback: () => true,
};

const auditKey: ConfigKey<string | undefined> = text<string | undefined>(matching(/^\/.*[^/]$/), {
  help: 'a file to which every change is added as a line of JSON: who, what, from where, done or refused (default: none)',
  expected: 'an absolute path, such as /var/log/causeway/audit.log',
  placeholder: 'FILE',
  fallback: () => undefined,
});

const loadFileKey: ConfigKey<string | undefined> = text<string | undefined>(matching(/^\/.*[^/]$/), {
  help: "a file in which a program of yours writes the share of this host in use, 0 to 1, in place of the CPU's (default: none)",
  expected: 'an absolute path, such as /run/causeway/load',
  placeholder: 'FILE',
  fallback: () => undefined,
});

function listenKey(defaultPort: number, help: string): ConfigKey<string> {
  const fallback = endpoint('0.0.0.0', defaultPort);
  return text((given) => canonicalEndpoint(given, defaultPort), {
    help: `${help} (default: ${fallback})`,
    expected: 'host:port, such as 0.0.0.0:7400 or [::]:7400',
    placeholder: 'HOST:PORT',
    fallback: () => fallback,
  });
}

function httpKey(defaultPort: number): ConfigKey<string | undefined> {
  const listen = listenKey(defaultPort, 'where /metrics and /healthz are served; off for nowhere');
  const fromText = (given: string) => (given === 'off' ? { value: undefined } : listen.fromText(given));
  return {
    ...listen,
    expected: 'host:port, such as 127.0.0.1:7481, or off',
    fromText,
    // YAML 1.2 reads a bare `off` as text; `false` means the same to whoever writes it.
    fromFile: (value) =>
      value === false ? { value: undefined } : typeof value === 'string' ? fromText(value) : undefined,
  };
}

function networkList(items: readonly unknown[]): { value: readonly Network[] } | undefined {
  const parts = items.map((item) => (typeof item === 'string' ? parseNetwork(item) : undefined));
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length && known.length > 0 ? { value: known } : undefined;
}

const httpAllowKey: ConfigKey<readonly Network[]> = {
  help: 'networks whose hosts may ask there, beside this one (default: everybody)',
  expected:
    'networks such as 10.1.0.0/16 or 2001:db8::/32 (a list in the file, commas between them in a flag)',
  placeholder: 'NETWORK,…',
  fromText: (given) => networkList(given.split(',').map((item) => item.trim())),
  fromFile: (value) => (Array.isArray(value) ? networkList(value) : undefined),
  fallback: () => [],
};

const logLevelKey: ConfigKey<LogLevel> = text((given) => logLevels.find((level) => level === given), {
  help: `how much is logged: ${logLevels.join(', ')} (default: info)`,
  expected: `one of ${logLevels.join(', ')}`,
  placeholder: 'LEVEL',
  fallback: () => 'info',
});

const coordinatorPort = 7400;

function coordinatorList(items: readonly unknown[]): { value: readonly string[] } | undefined {
  const parts = items.map((item) =>
    typeof item === 'string' ? canonicalEndpoint(item, coordinatorPort) : undefined,
  );
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length && known.length > 0 ? { value: [...new Set(known)] } : undefined;
}

const coordinatorsKey: ConfigKey<readonly string[]> = {
  help: `coordinators, in the order in which they are tried; without a port ${coordinatorPort}`,
  expected:
    'one or more of host:port, such as 10.1.0.9:7400 (a list in the file, commas between them in a flag)',
  placeholder: 'HOST[:PORT],…',
  fromText: (given) => coordinatorList(given.split(',').map((item) => item.trim())),
  fromFile: (value) => (Array.isArray(value) ? coordinatorList(value) : undefined),
  whenCleaning: [],
};

function labelMap(
  pairs: readonly (readonly [string, unknown])[],
): { value: Record<string, string> } | undefined {
  const labels: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (typeof value !== 'string' || !labelKeyPattern.test(key) || !labelValuePattern.test(value))
      return undefined;
    if (Object.hasOwn(labels, key)) return undefined;
    labels[key] = value;
  }
  return { value: labels };
}

const labelsKey: ConfigKey<Readonly<Record<string, string>>> = {
  help: 'labels by which services select this server (default: none)',
  expected:
    'labels such as app=web,tier=a in a flag, a mapping of text to text in the file (numbers in quotes)',
  placeholder: 'KEY=VALUE,…',
  fromText: (given) => labelMap(given.split(',').map((pair): [string, unknown] => splitOnce(pair.trim()))),
  fromFile: (value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? labelMap(Object.entries(value))
      : undefined,
  fallback: () => ({}),
};

function splitOnce(pair: string): [string, string | undefined] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
}

const capacityLimit = 100_000_000;
const capacity = (value: number) =>
  Number.isInteger(value) && value >= 1 && value <= capacityLimit ? { value } : undefined;

const capacityKey: ConfigKey<number> = {
  help: 'concurrent connections this server is built for (default: 10000)',
  expected: `a whole number from 1 to ${capacityLimit}`,
  placeholder: 'N',
  fromText: (given) => (/^\d+$/.test(given) ? capacity(Number(given)) : undefined),
  fromFile: (value) => (typeof value === 'number' ? capacity(value) : undefined),
  fallback: () => 10_000,
};

function switchKey(help: string, flagOnly: boolean): ConfigKey<boolean> {
  const words = new Map([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ]);
  return {
    help,
    expected: 'true or false',
    fromText: (given) => wrap(words.get(given)),
    fromFile: (value) => (typeof value === 'boolean' ? { value } : undefined),
    fallback: () => false,
    ...(flagOnly ? { flagOnly: true } : {}),
  };
}

const insecureKey = switchKey('speak plaintext and ask nobody who he is, also beyond this host', false);
const observeKey = switchKey(
  'change nothing on this host, take no VIP, and only say what would be changed, in the log and causeway status',
  false,
);
const cleanupKey = switchKey('undo everything that this program put on this host, then exit', true);

export const configKeys: { readonly [R in Role]: ConfigKeys<ConfigOf[R]> } = {
  director: {
    site: siteKey(),
    name: nameKey(),
    address: addressKey("this director's address on the underlay (DIP)"),
    coordinators: coordinatorsKey,
    ...tlsKeys('director'),
    insecure: insecureKey,
    stateDir: stateDirKey('director'),
    sysctlDir: sysctlDirKey,
    http: httpKey(roles.director.httpPort),
    httpAllow: httpAllowKey,
    logLevel: logLevelKey,
    observe: observeKey,
    cleanup: cleanupKey,
  },
  realserver: {
    site: siteKey(),
    name: nameKey(),
    address: addressKey("this server's address on the underlay (RIP)"),
    coordinators: coordinatorsKey,
    labels: labelsKey,
    capacity: capacityKey,
    dedicated: switchKey(
      'this host is for Causeway: it may take over all of its IPIP and GRE traffic',
      false,
    ),
    loadFile: loadFileKey,
    ...tlsKeys('realserver'),
    insecure: insecureKey,
    stateDir: stateDirKey('realserver'),
    sysctlDir: sysctlDirKey,
    http: httpKey(roles.realserver.httpPort),
    httpAllow: httpAllowKey,
    logLevel: logLevelKey,
    observe: observeKey,
    cleanup: cleanupKey,
  },
  coordinator: {
    site: siteKey(),
    name: nameKey(),
    listen: listenKey(coordinatorPort, 'where agents and the admin client connect (gRPC)'),
    ...tlsKeys('coordinator'),
    insecure: insecureKey,
    tlsDenied: deniedKey,
    tlsIssuer: issuerKey,
    advertise: text<string | undefined>((given) => canonicalEndpoint(given, coordinatorPort), {
      help: "where agents and other coordinators reach this one, with an etcd (default: where it listens, or the host's first address)",
      expected: 'host:port, such as 10.1.0.2:7400',
      placeholder: 'ADDRESS',
      fallback: () => undefined,
    }),
    collector: collectorKey,
    ...etcdKeys,
    audit: auditKey,
    stateDir: stateDirKey('coordinator'),
    http: httpKey(7480),
    httpAllow: httpAllowKey,
    logLevel: logLevelKey,
  },
};
