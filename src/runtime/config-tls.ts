/** The keys by which a program is told who it is and whom to believe; without them it talks on its own host's loopback alone. */
import { join } from 'node:path';
import { isLoopback } from '../domain/loopback.ts';
import type { ConfigKey } from './config-keys.ts';
import { splitEndpoint } from './endpoint.ts';

export interface TlsConfig {
  /** Files in PEM, all three or none. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsCa: string | undefined;
  /** Plaintext, and nobody asked who he is, also where others can reach it. */
  readonly insecure: boolean;
}

/** Of coordinators. */
export interface TlsServingConfig {
  readonly tlsDenied: string | undefined;
  readonly tlsIssuer: string | undefined;
}

function fileKey(part: string, help: string, example: string): ConfigKey<string | undefined> {
  const read = (given: unknown) =>
    typeof given === 'string' && /^\/.*[^/]$/.test(given) ? { value: given } : undefined;
  return {
    help: `${help} (default: none)`,
    expected: `an absolute path, such as ${example}`,
    placeholder: 'FILE',
    inFile: ['tls', part],
    fromText: read,
    fromFile: read,
    fallback: () => undefined,
  };
}

type FileKeys = { readonly [K in Exclude<keyof TlsConfig, 'insecure'>]: ConfigKey<TlsConfig[K]> };

export function tlsKeys(role: string): FileKeys {
  return {
    tlsCert: fileKey('cert', 'who this program is: its certificate, in PEM', `/etc/causeway/${role}.pem`),
    tlsKey: fileKey('key', 'the key of that certificate, in PEM', `/etc/causeway/${role}.key`),
    tlsCa: fileKey('ca', 'whose certificates are believed, in PEM, one or more', '/etc/causeway/ca.pem'),
  };
}

export const deniedKey: ConfigKey<string | undefined> = fileKey(
  'denied',
  'certificates that are believed no more, as causeway pki deny lists them',
  '/etc/causeway/denied',
);

export const issuerKey: ConfigKey<string | undefined> = fileKey(
  'issuer',
  'by which certificates are renewed here: certificate and key in PEM, as causeway pki issuer makes them',
  '/etc/causeway/issuer.pem',
);

export interface TlsFilePaths {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly denied: string | undefined;
  readonly renewed: string;
}

/** Undefined: plaintext. */
export function tlsFilesOf({
  tlsCert: cert,
  tlsKey: key,
  tlsCa: ca,
  tlsDenied: denied,
  stateDir,
}: TlsConfig & Partial<TlsServingConfig> & { readonly stateDir: string }): TlsFilePaths | undefined {
  if (cert === undefined || key === undefined || ca === undefined) return undefined;
  return { cert, key, ca, denied, renewed: renewedFile(stateDir) };
}

/** What a program has renewed by itself: where its operator puts files it may not write. */
export function renewedFile(stateDir: string): string {
  return join(stateDir, 'identity.pem');
}

/** `endpoint` stays on this host, whatever name service says. */
export function isOnLoopback(endpoint: string): boolean {
  const host = splitEndpoint(endpoint, 1)?.host ?? '';
  return host.toLowerCase() === 'localhost' || isLoopback(host);
}

const remedy = 'tls with cert, key and ca (causeway pki bundle makes them), or insecure: true (--insecure)';

/**
 * What is wrong with these together, undefined where nothing is. `endpoints`: where the program listens, or whom it calls.
 */
export function tlsMistake(
  config: TlsConfig & Partial<TlsServingConfig>,
  endpoints: readonly string[],
): { readonly found: string; readonly expected: string } | undefined {
  const { tlsCert, tlsKey, tlsCa, tlsDenied, tlsIssuer, insecure } = config;
  const given = Object.entries({ cert: tlsCert, key: tlsKey, ca: tlsCa }).filter(
    ([, file]) => file !== undefined,
  );
  const names = given.map(([name]) => name).join(' and ');
  if (given.length > 0 && given.length < 3)
    return { found: `tls with ${names} alone`, expected: 'all of cert, key and ca, or none of them' };
  if (given.length > 0 && insecure) return { found: 'both tls and insecure', expected: 'one of them' };
  const alone = tlsDenied !== undefined ? 'denied' : tlsIssuer !== undefined ? 'issuer' : undefined;
  if (given.length === 0 && alone !== undefined)
    return { found: `tls with ${alone} alone`, expected: 'cert, key and ca beside it' };
  const outside = endpoints.find((one) => !isOnLoopback(one));
  if (given.length > 0 || insecure || outside === undefined) return undefined;
  return {
    found: `neither tls nor insecure, and ${outside}, which is not this host's loopback`,
    expected: remedy,
  };
}
