/** Who a program is and whom it believes, as files say at this moment; read anew where they may have been renewed. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf } from '../domain/error.ts';
import { type Identity, identityUri } from '../domain/identity.ts';
import { type CertificateFacts, timeText } from '../pki/certificate.ts';
import { type Denied, deniedBy, noneDenied, parseDenials } from '../pki/denied.ts';
import { certificatesIn } from '../pki/pem.ts';
import { isOnLoopback } from '../runtime/config-tls.ts';
import { ownPair } from './own-pair.ts';
import { tlsError } from './tls-error.ts';

/** Paths, all of PEM but the list of denied certificates. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** One or more: all are believed, so that one can follow another. */
  readonly ca: string;
  readonly denied?: string | undefined;
  /** Where the program keeps what it has renewed by itself: key and certificates in one; absent: it does not. */
  readonly renewed?: string | undefined;
}

/** The files' text. */
export interface TlsTexts {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly denied: string | undefined;
  /** Undefined: it has renewed nothing yet. */
  readonly renewed: string | undefined;
}

export interface TlsMaterial extends Pick<TlsTexts, 'ca'> {
  /** Of the program itself: its certificate, and the issuer's where that has made it. */
  readonly cert: string;
  readonly key: string;
  readonly own: CertificateFacts;
  /** What is wrong with another pair that it has, and does not use; undefined: nothing. */
  readonly passedOver: string | undefined;
  readonly authorities: readonly X509Certificate[];
  readonly denied: Denied;
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
    renewed: files.renewed === undefined ? undefined : readIfThere(files.renewed),
  };

  function readIfThere(path: string): string | undefined {
    try {
      return readFile(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw tlsError('permission', path, messageOf(error));
    }
  }
}

/** Throws `invalid` with the file and what is wrong with it: no file is half taken. The key is in no message. */
export function parseTls(texts: TlsTexts, files: TlsFiles): TlsMaterial {
  const { ca } = texts;
  const authorities = certificatesIn(ca).map((pem) => authority(pem, files.ca));
  if (authorities.length === 0) throw tlsError('invalid', files.ca, 'there is no certificate in it');
  const denied =
    texts.denied === undefined ? noneDenied : deniedBy(parseDenials(texts.denied, files.denied ?? ''));
  return { ...ownPair(texts, files, authorities), ca, authorities, denied };
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

const fromDisk = (path: string): string => readFileSync(path, 'utf8');

/** All of the above as the files say now, whatever the time. */
export function presentTls(
  files: TlsFiles,
  own: Omit<Identity, 'domain'> | undefined,
  readFile: (path: string) => string = fromDisk,
): TlsMaterial {
  const tls = parseTls(readTlsTexts(files, readFile), files);
  if (own !== undefined) checkOwn(tls, files, own);
  return tls;
}

/** As `presentTls`, and its time is not over: what whoever connects needs. */
export function loadTls(
  files: TlsFiles,
  {
    readFile,
    nowMs,
    own,
  }: { readFile?: (path: string) => string; nowMs: number; own?: Omit<Identity, 'domain'> },
): TlsMaterial {
  const tls = presentTls(files, own, readFile);
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
  if (files !== undefined) return loadTls(files, { nowMs, own });
  return plainTowards(address, insecure);
}

/** Error `permission` where plaintext will not do. */
export function plainTowards(address: string, insecure: boolean): undefined {
  if (insecure || isOnLoopback(address)) return undefined;
  throw tlsError('permission', address, "it is not this host's loopback: plaintext needs insecure: true");
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
