/** Who a program is and whom it believes, as files say at this moment; read anew where they may have been renewed. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CausewayError, messageOf } from '../domain/error.ts';
import { type Identity, identityUri } from '../domain/identity.ts';
import { type CertificateFacts, isDue, readCertificate } from '../pki/certificate.ts';
import { parseDenied } from '../pki/denied.ts';
import { isOnLoopback } from '../runtime/config-tls.ts';

/** Paths, all of PEM but the list of denied certificates. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** One or more: all are believed, so that one can follow another. */
  readonly ca: string;
  readonly denied?: string | undefined;
}

/** The files' text. */
export interface TlsTexts {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly denied: string | undefined;
}

export interface TlsMaterial extends Pick<TlsTexts, 'cert' | 'key' | 'ca'> {
  /** Of the program itself. */
  readonly own: CertificateFacts;
  readonly authorities: readonly X509Certificate[];
  /** Serial numbers. */
  readonly denied: ReadonlySet<string>;
}

/** Throws `permission` where a file can't be read. */
export function readTlsTexts(files: TlsFiles, readFile: (path: string) => string): TlsTexts {
  const read = (path: string): string => {
    try {
      return readFile(path);
    } catch (error) {
      throw tlsError('permission', path, messageOf(error));
    }
  };
  return {
    cert: read(files.cert),
    key: read(files.key),
    ca: read(files.ca),
    denied: files.denied === undefined ? undefined : read(files.denied),
  };
}

/** Throws `invalid` with the file and what is wrong with it: no file is half taken. The key is in no message. */
export function parseTls(texts: TlsTexts, files: TlsFiles): TlsMaterial {
  const { cert, key, ca } = texts;
  const authorities = certificatesIn(ca).map((pem) => authority(pem, files.ca));
  if (authorities.length === 0) throw tlsError('invalid', files.ca, 'there is no certificate in it');
  const own = ownCertificate(cert, files.cert);
  checkKey(cert, key, files);
  const denied =
    texts.denied === undefined ? new Set<string>() : parseDenied(texts.denied, files.denied ?? '');
  return { cert, key, ca, own, authorities, denied };
}

/** Throws `permission` for one whose time is over, or not yet come, on this host's clock. */
function checkTime({ own }: TlsMaterial, files: TlsFiles, nowMs: number): void {
  const { notBeforeMs, notAfterMs, identity } = own;
  if (nowMs >= notAfterMs)
    throw tlsError(
      'permission',
      files.cert,
      `the certificate of ${identityUri(identity)} has expired on ${timeText(notAfterMs)}: renew it (causeway pki renew)`,
    );
  if (nowMs < notBeforeMs)
    throw tlsError(
      'permission',
      files.cert,
      `the certificate of ${identityUri(identity)} begins on ${timeText(notBeforeMs)}, and this host's clock says ${timeText(nowMs)}`,
    );
}

/** Throws `permission` where the certificate is somebody else's. */
export function checkOwn({ own }: TlsMaterial, files: TlsFiles, who: Omit<Identity, 'domain'>): void {
  const { identity } = own;
  const expected = { ...who, domain: identity.domain };
  if (identityUri(identity) === identityUri(expected)) return;
  throw tlsError(
    'permission',
    files.cert,
    `found the certificate of ${identityUri(identity)}, expected that of ${identityUri(expected)}`,
  );
}

/** What to do about the program's own certificate; undefined: nothing yet. */
export function dueWords({ own }: TlsMaterial, nowMs: number): string | undefined {
  if (!isDue(own, nowMs)) return undefined;
  const { identity, notAfterMs } = own;
  return `that of ${identityUri(identity)} ${nowMs < notAfterMs ? 'expires' : 'has expired'} on ${timeText(notAfterMs)}: renew it (causeway pki renew)`;
}

/** All of the above, as whoever connects needs it. */
export function loadTls(
  files: TlsFiles,
  {
    readFile,
    nowMs,
    own,
  }: { readFile: (path: string) => string; nowMs: number; own?: Omit<Identity, 'domain'> },
): TlsMaterial {
  const tls = parseTls(readTlsTexts(files, readFile), files);
  if (own !== undefined) checkOwn(tls, files, own);
  checkTime(tls, files, nowMs);
  return tls;
}

/** How a program calls others: who it is, and whether it may do without. */
export interface Calling {
  /** Undefined: plaintext. */
  readonly files: TlsFiles | undefined;
  /** Plaintext will do also beyond this host. */
  readonly insecure: boolean;
  readonly own: Omit<Identity, 'domain'>;
}

/** Read now, for a call to that `host:port`. Errors as `loadTls`; `permission` where plaintext will not do. */
export function tlsTowards(
  address: string,
  { files, insecure, own }: Calling,
  nowMs: number,
): TlsMaterial | undefined {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  if (files !== undefined) return loadTls(files, { readFile, nowMs, own });
  if (insecure || isOnLoopback(address)) return undefined;
  throw tlsError('permission', address, "it is not this host's loopback: plaintext needs insecure: true");
}

function certificatesIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
}

function authority(pem: string, file: string): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (error) {
    throw tlsError('invalid', file, `a certificate in it cannot be read (${messageOf(error)})`);
  }
  if (certificate.ca) return certificate;
  throw tlsError('invalid', file, `${certificate.subject} in it is no CA: whom it names would be believed`);
}

function ownCertificate(text: string, file: string): CertificateFacts {
  try {
    return readCertificate(text);
  } catch (error) {
    throw tlsError('invalid', file, messageOf(error));
  }
}

function checkKey(cert: string, key: string, files: TlsFiles): void {
  let matches: boolean;
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    // Its message might quote what is in the file.
    throw tlsError('invalid', files.key, 'this is no private key in PEM');
  }
  if (!matches)
    throw tlsError('invalid', files.key, `it is not the key of ${files.cert}: both are renewed together`);
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function tlsError(code: 'invalid' | 'permission', subject: string, message: string): CausewayError {
  return new CausewayError({ code, operation: 'use certificate', subject, message });
}
