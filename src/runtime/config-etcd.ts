/** The keys by which a coordinator is told of an etcd. Without endpoints none of them matters. */
import type { ConfigKey } from './config-keys.ts';

export interface EtcdConfig {
  /** `http://HOST:PORT` or `https://HOST:PORT`, all of one kind; undefined: the store is a file in the state directory. */
  readonly etcd: readonly string[] | undefined;
  /** Begins and ends with `/`. */
  readonly etcdPrefix: string;
  /** Files in PEM: whom to believe, and who this coordinator is. */
  readonly etcdCa: string | undefined;
  readonly etcdCert: string | undefined;
  readonly etcdKey: string | undefined;
  readonly etcdUser: string | undefined;
  /** A password in a flag could be read by everybody on the host. */
  readonly etcdPasswordFile: string | undefined;
  /** For how long the others wait for a coordinator that is silent. */
  readonly leaseSeconds: number;
}

const defaultPort = '2379';

function endpointOf(given: unknown): string | undefined {
  const url = typeof given === 'string' ? URL.parse(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  const isBare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  // The usual port of the protocol is none of etcd's, and a URL does not tell it from none.
  return isBare ? `${url.protocol}//${url.hostname}:${url.port === '' ? defaultPort : url.port}` : undefined;
}

function endpoints(items: readonly unknown[]): { value: readonly string[] } | undefined {
  const known = items.map(endpointOf).filter((one) => one !== undefined);
  const isOfOneKind = new Set(known.map((one) => one.split(':')[0])).size === 1;
  return known.length === items.length && isOfOneKind ? { value: [...new Set(known)] } : undefined;
}

function textKey(
  pattern: RegExp,
  key: Pick<ConfigKey<string>, 'help' | 'expected' | 'placeholder'>,
): ConfigKey<string | undefined> {
  const fromText = (given: string) => (pattern.test(given) ? { value: given } : undefined);
  return {
    ...key,
    fromText,
    fromFile: (value) => (typeof value === 'string' ? fromText(value) : undefined),
    fallback: () => undefined,
  };
}

function fileKey(help: string, example: string): ConfigKey<string | undefined> {
  return textKey(/^\/.*[^/]$/, {
    help,
    expected: `an absolute path, such as ${example}`,
    placeholder: 'FILE',
  });
}

const [leastLease, mostLease] = [3, 120];
const lease = (value: number) =>
  Number.isInteger(value) && value >= leastLease && value <= mostLease ? { value } : undefined;

const prefixPattern = /^\/(?:[\w.-]+\/)+$/;

export const etcdKeys: { readonly [K in keyof EtcdConfig]: ConfigKey<EtcdConfig[K]> } = {
  etcd: {
    help: 'members of an etcd that is the store, in the order in which they are tried (default: a file in the state directory)',
    expected:
      'one or more of http://HOST:PORT, or of https://HOST:PORT (a list in the file, commas between them in a flag)',
    placeholder: 'URL,…',
    fromText: (given) => endpoints(given.split(',').map((item) => item.trim())),
    fromFile: (value) => (Array.isArray(value) && value.length > 0 ? endpoints(value) : undefined),
    fallback: () => undefined,
  },
  etcdPrefix: {
    help: 'the place of all keys in etcd, the same for all coordinators (default: /causeway/)',
    expected: 'a prefix that begins and ends with a slash, such as /causeway/',
    placeholder: 'PREFIX',
    fromText: (given) => (prefixPattern.test(given) ? { value: given } : undefined),
    fromFile: (value) => (typeof value === 'string' && prefixPattern.test(value) ? { value } : undefined),
    fallback: () => '/causeway/',
  },
  etcdCa: fileKey(
    "who signed etcd's certificates, in PEM (default: those whom the system believes)",
    '/etc/causeway/etcd-ca.pem',
  ),
  etcdCert: fileKey(
    "this coordinator's certificate for etcd, in PEM (default: none)",
    '/etc/causeway/etcd.pem',
  ),
  etcdKey: fileKey('the key of that certificate, in PEM (default: none)', '/etc/causeway/etcd.key'),
  etcdUser: textKey(/^\S{1,64}$/, {
    help: 'the user that etcd knows this coordinator as (default: none)',
    expected: 'a name, such as causeway',
    placeholder: 'NAME',
  }),
  etcdPasswordFile: fileKey(
    "a file that holds that user's password, and nothing else (default: none)",
    '/etc/causeway/etcd-password',
  ),
  leaseSeconds: {
    help: 'for how long the others wait for this coordinator when it is silent, before they take over; more where hosts or the ways to etcd are slow (default: 10)',
    expected: `a whole number from ${leastLease} to ${mostLease}`,
    placeholder: 'SECONDS',
    fromText: (given) => (/^\d+$/.test(given) ? lease(Number(given)) : undefined),
    fromFile: (value) => (typeof value === 'number' ? lease(value) : undefined),
    fallback: () => 10,
  },
};
