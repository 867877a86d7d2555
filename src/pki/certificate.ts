/** What stands in a certificate, as far as Causeway goes by it. Whether it is to be believed, TLS says, by the CA's signature. */
import { X509Certificate } from 'node:crypto';
import { CausewayError, messageOf } from '../domain/error.ts';
import { type Identity, parseIdentity } from '../domain/identity.ts';

export interface CertificateFacts {
  readonly identity: Identity;
  /** Hexadecimal, small letters, without zeros before it. */
  readonly serial: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** When the CA itself made one of this identity, from which this one comes by renewals alone: whoever denies that one denies this. */
  readonly sinceMs: number;
  /** Serial number of the issuer's certificate, as `serial`; undefined: the CA itself has made it. */
  readonly issuer: string | undefined;
}

/** Throws `invalid` where it is none, or none of a peer's: no single SPIFFE ID, or a CA's. */
export function readCertificate(from: X509Certificate | Uint8Array | string): CertificateFacts {
  let certificate: X509Certificate;
  try {
    certificate = from instanceof X509Certificate ? from : new X509Certificate(from);
  } catch (error) {
    throw refused(undefined, `it cannot be read (${messageOf(error)})`);
  }
  const serial = canonicalSerial(certificate.serialNumber);
  // A CA's key would sign its own identities; SPIFFE X509-SVID, section 4.1.
  if (certificate.ca) throw refused(serial, 'it is a certificate of a CA, which is nobody');
  const identity = parseIdentity(onlyUri(certificate.subjectAltName, serial));
  const notBeforeMs = certificate.validFromDate.getTime();
  return {
    identity,
    serial,
    notBeforeMs,
    notAfterMs: certificate.validToDate.getTime(),
    sinceMs: sinceIn(certificate.subject) ?? notBeforeMs,
    issuer: issuerSerialIn(certificate.issuer),
  };
}

/**
 * What has to be known of a chain stands in the names of the certificate itself, since Node shows a server no more of it: in its subject
 * since when it has been renewed, in its issuer's name that one's serial number (2.5.4.5). Whoever signs it answers for the one, the CA
 * for the other; that the chain is whole, OpenSSL says.
 */
export function issuerName(name: string, serial: string) {
  return [{ CN: [`Causeway issuer ${name}`] }, { '2.5.4.5': [serial] }];
}

export function sinceName(sinceMs: number) {
  return { OU: [`since ${new Date(sinceMs).toISOString()}`] };
}

function issuerSerialIn(issuer: string): string | undefined {
  const serial = /^serialNumber=([0-9a-f]{1,40})$/m.exec(issuer)?.[1];
  return serial === undefined ? undefined : canonicalSerial(serial);
}

function sinceIn(subject: string): number | undefined {
  const text = /^OU=since (\S+)$/m.exec(subject)?.[1];
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** After so much of its life a certificate is to be renewed: the rest is for whoever is away meanwhile. */
const dueAfter = 2 / 3;

export function isDue(
  { notBeforeMs, notAfterMs }: Pick<CertificateFacts, 'notBeforeMs' | 'notAfterMs'>,
  nowMs: number,
): boolean {
  return nowMs >= notBeforeMs + (notAfterMs - notBeforeMs) * dueAfter;
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function canonicalSerial(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, '');
}

/**
 * Node gives alternative names as one text, in which it puts quotes around those that could be taken for several; no identity of ours
 * needs them, so that whatever has a quote in it is refused.
 */
function onlyUri(names: string | undefined, serial: string): string {
  if (names === undefined) throw refused(serial, 'it has no alternative names, and so no SPIFFE ID');
  if (names.includes('"')) throw refused(serial, 'an alternative name has characters that none of ours has');
  const uris = names
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice('URI:'.length));
  const [uri] = uris;
  if (uri === undefined) throw refused(serial, 'it has no URI, and so no SPIFFE ID');
  // SPIFFE X509-SVID, section 2: whoever has two is refused, also where one of them is no SPIFFE ID.
  if (uris.length > 1) throw refused(serial, `it has ${uris.length} URIs, expected one SPIFFE ID`);
  return uri;
}

function refused(serial: string | undefined, message: string): CausewayError {
  return new CausewayError({
    code: 'invalid',
    operation: 'read certificate',
    ...(serial === undefined ? {} : { subject: serial }),
    message,
  });
}
