/** What the provider itself is told: where coordinators are, who it is to them, how long it waits. */
import { loadTls, type TlsMaterial } from '../../src/api/tls-files.ts';
import { CausewayError, messageOf } from '../../src/domain/error.ts';
import { isOnLoopback } from '../../src/runtime/config-tls.ts';
import { canonicalEndpoint } from '../../src/runtime/endpoint.ts';
import type { Attribute, AttributeType } from './core/attribute.ts';
import type { Diagnostic } from './core/diagnostic.ts';
import type { AttributePath } from './core/document.ts';
import { isKnown, isList, type Values } from './core/value.ts';

const adminPort = 7400;
const defaultCoordinator = `127.0.0.1:${adminPort}`;
const defaults = { timeoutSeconds: 10, waitSeconds: 120 } as const;
const longestSeconds = 3_600;
const messageCharacters = 1_024;
const defaultMessage = 'terraform apply';

/** The command's own, so that both can be used in one shell. */
const variables = {
  coordinators: 'CAUSEWAY_COORDINATOR',
  tls_cert: 'CAUSEWAY_TLS_CERT',
  tls_key: 'CAUSEWAY_TLS_KEY',
  tls_ca: 'CAUSEWAY_TLS_CA',
  insecure: 'CAUSEWAY_INSECURE',
} as const;

const text: AttributeType = { kind: 'string' };
const number: AttributeType = { kind: 'number' };
const bool: AttributeType = { kind: 'bool' };

function option(name: string, type: AttributeType, description: string): Attribute {
  return { name, key: name, type, use: 'optional', description };
}

const pem = 'PEM, or the path of a file with it';

export const providerAttributes: readonly Attribute[] = [
  option(
    'coordinators',
    { kind: 'list', of: text },
    `Where coordinators are, as \`host:port\` (the port is usually ${adminPort}); while the first does not answer, the next is asked. Environment: \`${variables.coordinators}\`. Default: \`${defaultCoordinator}\`.`,
  ),
  option(
    'tls_cert',
    text,
    `Who you are: your certificate (\`causeway pki\` makes it), ${pem}. Environment: \`${variables.tls_cert}\`.`,
  ),
  {
    ...option('tls_key', text, `The key of that certificate, ${pem}. Environment: \`${variables.tls_key}\`.`),
    isSensitive: true,
  },
  option('tls_ca', text, `Whose certificates are believed, ${pem}. Environment: \`${variables.tls_ca}\`.`),
  option(
    'insecure',
    bool,
    `Whether to speak plaintext also with a coordinator that is not on this host. Environment: \`${variables.insecure}\`. Default: \`false\`.`,
  ),
  option(
    'timeout_seconds',
    number,
    `How long one call may take. More than 0, at most ${longestSeconds}. Default: \`${defaults.timeoutSeconds}\`.`,
  ),
  option(
    'wait',
    bool,
    'Whether to wait until every agent has done, or refused, what was changed, as `causeway apply` does. Default: `true`.',
  ),
  option(
    'wait_seconds',
    number,
    `How long to wait for them. More than 0, at most ${longestSeconds}. Default: \`${defaults.waitSeconds}\`.`,
  ),
  option(
    'strict',
    bool,
    'Whether what a resource refers to must be there, also where it may still come. Default: `false`, which warns.',
  ),
  option(
    'allow_removal',
    bool,
    'Whether a change may remove more than the settings let one remove; the history says so. Default: `false`.',
  ),
  option(
    'message',
    text,
    `Why: it stands in the history of what is changed. At most ${messageCharacters} characters. Default: \`${defaultMessage}\`.`,
  ),
];

export interface ProviderConfig {
  readonly addresses: readonly string[];
  /** Undefined: plaintext. */
  readonly tls: TlsMaterial | undefined;
  readonly timeoutMs: number;
  /** Undefined: nobody is waited for. */
  readonly waitMs: number | undefined;
  readonly strict: boolean;
  readonly allowRemoval: boolean;
  readonly message: string;
}

export interface ProviderWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file; throws where it can't. */
  readonly readFile: (path: string) => string;
  readonly nowMs: number;
}

/** `unknown`: what it rests on is made by the same apply. Certificates are read now. */
export function readProviderConfig(
  values: Values,
  world: ProviderWorld,
): ProviderConfig | 'unknown' | { readonly diagnostics: readonly Diagnostic[] } {
  if (!isKnown(values)) return 'unknown';
  const diagnostics: Diagnostic[] = [];
  const wrong: Wrong = (path, detail) => {
    diagnostics.push({ severity: 'error', summary: 'The provider cannot be used like this', detail, path });
  };
  const seconds = (name: string, usual: number): number => {
    const value = values[name] ?? usual;
    const isWell = typeof value === 'number' && value > 0 && value <= longestSeconds;
    if (!isWell)
      wrong(
        [{ attribute: name }],
        `Found ${String(value)}, expected more than 0 and at most ${longestSeconds}.`,
      );
    return isWell ? Math.ceil(value * 1_000) : 0;
  };
  const addresses = addressesIn(values, world, wrong);
  const timeoutMs = seconds('timeout_seconds', defaults.timeoutSeconds);
  const waitMs = seconds('wait_seconds', defaults.waitSeconds);
  const message = typeof values.message === 'string' ? values.message : defaultMessage;
  if (message.length > messageCharacters)
    wrong(
      [{ attribute: 'message' }],
      `Found ${message.length} characters, expected at most ${messageCharacters}.`,
    );
  const tls = tlsIn(values, addresses, world, wrong);
  if (diagnostics.length > 0) return { diagnostics };
  return {
    addresses,
    tls,
    timeoutMs,
    waitMs: values.wait === false ? undefined : waitMs,
    strict: values.strict === true,
    allowRemoval: values.allow_removal === true,
    message,
  };
}

type Wrong = (path: AttributePath, detail: string) => void;

function addressesIn(values: Values, { env }: ProviderWorld, wrong: Wrong): readonly string[] {
  const said = isList(values.coordinators) ? values.coordinators : undefined;
  if (said?.length === 0)
    wrong([{ attribute: 'coordinators' }], 'Found an empty list, expected at least one host:port.');
  const texts = said ?? [env[variables.coordinators] || defaultCoordinator];
  return texts.flatMap((one, index) => {
    const address = typeof one === 'string' ? canonicalEndpoint(one, adminPort) : undefined;
    if (address !== undefined) return [address];
    const where = said === undefined ? `${variables.coordinators}=` : '';
    wrong(
      [{ attribute: 'coordinators' }, ...(said === undefined ? [] : [{ index }])],
      `Found ${where}${JSON.stringify(one)}, expected host:port, such as ${defaultCoordinator}.`,
    );
    return [];
  });
}

const parts = ['tls_cert', 'tls_key', 'tls_ca'] as const;
type TlsPart = (typeof parts)[number];

function tlsIn(
  values: Values,
  addresses: readonly string[],
  { env, readFile, nowMs }: ProviderWorld,
  wrong: Wrong,
): TlsMaterial | undefined {
  const given = (name: TlsPart): string | undefined =>
    typeof values[name] === 'string' ? values[name] : env[variables[name]] || undefined;
  const isInsecure = values.insecure ?? /^(true|1)$/.test(env[variables.insecure] ?? '');
  const said = parts.filter((name) => given(name) !== undefined);
  if (said.length === 0) {
    const far = isInsecure === true ? undefined : addresses.find((one) => !isOnLoopback(one));
    if (far !== undefined)
      wrong(
        [{ attribute: 'tls_cert' }],
        `${far} is not this host's loopback: say who you are with tls_cert, tls_key and tls_ca (causeway pki makes them), or speak plaintext with insecure = true.`,
      );
    return undefined;
  }
  if (isInsecure === true)
    wrong([{ attribute: 'insecure' }], `Found true beside ${said.join(' and ')}, expected one of the two.`);
  for (const name of parts) {
    if (!said.includes(name))
      wrong(
        [{ attribute: name }],
        `Found nothing beside ${said.join(' and ')}, expected all three, or none.`,
      );
  }
  const [cert, key, ca] = [given('tls_cert'), given('tls_key'), given('tls_ca')];
  if (isInsecure === true || cert === undefined || key === undefined || ca === undefined) return undefined;
  return materialFrom({ tls_cert: cert, tls_key: key, tls_ca: ca }, { readFile, nowMs }, wrong);
}

function materialFrom(
  said: Readonly<Record<TlsPart, string>>,
  { readFile, nowMs }: Pick<ProviderWorld, 'readFile' | 'nowMs'>,
  wrong: Wrong,
): TlsMaterial | undefined {
  // What stands in the configuration itself is called by its attribute, where a file has its path.
  const isInline = (name: TlsPart): boolean => said[name].includes('-----BEGIN ');
  const file = (name: TlsPart): string => (isInline(name) ? name : said[name]);
  const read = (path: string): string => {
    const inline = parts.find((name) => name === path && isInline(name));
    return inline === undefined ? readFile(path) : said[inline];
  };
  try {
    const files = { cert: file('tls_cert'), key: file('tls_key'), ca: file('tls_ca') };
    return loadTls(files, { readFile: read, nowMs });
  } catch (error) {
    const subject = error instanceof CausewayError ? error.subject : undefined;
    const attribute = parts.find((name) => file(name) === subject) ?? 'tls_cert';
    wrong([{ attribute }], `${messageOf(error)}.`);
    return undefined;
  }
}
