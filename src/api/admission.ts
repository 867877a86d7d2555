/** Whether who has shaken hands may come in: the one place where a connection is judged, at its beginning and while it lasts. */
import type { X509Certificate } from 'node:crypto';
import { messageOf } from '../domain/error.ts';
import { identityUri } from '../domain/identity.ts';
import { type CertificateFacts, readCertificate, timeText } from '../pki/certificate.ts';
import { notForIssuers } from '../pki/lives.ts';
import type { TlsMaterial } from './tls-files.ts';

export interface Handshake {
  /** Undefined: it showed none. */
  readonly certificate: X509Certificate | undefined;
  /** OpenSSL's word for what is wrong with the chain; undefined: nothing. */
  readonly chainError: string | undefined;
}

export type Admission =
  /** Of who has come in. */
  | { readonly facts: CertificateFacts }
  | {
      readonly reason: string;
      /** What the certificate says, whoever made it. */
      readonly claimed?: string;
    };

const unbelieved = 'a CA that is not believed here has signed its certificate';
/** X509_verify_cert_error_string(3), as far as there is more to say than its name. */
const chainWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is a clock wrong?',
  CERT_SIGNATURE_FAILURE: unbelieved,
  DEPTH_ZERO_SELF_SIGNED_CERT: unbelieved,
  SELF_SIGNED_CERT_IN_CHAIN: unbelieved,
  UNABLE_TO_GET_ISSUER_CERT: unbelieved,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unbelieved,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unbelieved,
};

export function admit({ certificate, chainError }: Handshake, tls: TlsMaterial, nowMs: number): Admission {
  if (certificate === undefined) return { reason: 'it showed no certificate' };
  let facts: CertificateFacts;
  try {
    facts = readCertificate(certificate);
  } catch (error) {
    return { reason: messageOf(error) };
  }
  const claimed = identityUri(facts.identity);
  if (chainError !== undefined)
    return { claimed, reason: chainWords[chainError] ?? `its certificate is not believed: ${chainError}` };
  const reason = reasonToEnd(facts, tls, nowMs);
  return reason === undefined ? { facts } : { claimed, reason };
}

/** Why one whose signature was good can't stay; undefined: it can. */
export function reasonToEnd(
  facts: CertificateFacts,
  { own, denied }: Pick<TlsMaterial, 'own' | 'denied'>,
  nowMs: number,
): string | undefined {
  const { identity, notAfterMs, issuer } = facts;
  const objection = denied.against(facts);
  if (objection !== undefined) return objection;
  const overreach = issuer === undefined ? undefined : notForIssuers(identity.role, facts);
  if (overreach !== undefined) return `its certificate is of an issuer, and ${overreach}`;
  if (nowMs >= notAfterMs) return `its certificate has expired on ${timeText(notAfterMs)}`;
  if (identity.domain === own.identity.domain) return undefined;
  return `it is of the domain ${identity.domain}, and this is ${own.identity.domain}`;
}

/**
 * After the bundle of CAs has changed from what it was: whether one of those that are in it now has signed this. Of an issuer's that
 * shows nothing, and its chain is no more to be had: it is to be shown again, where any CA has gone.
 */
export function isStillBelieved(
  { issuer }: CertificateFacts,
  certificate: X509Certificate | undefined,
  before: Pick<TlsMaterial, 'authorities'>,
  { authorities }: Pick<TlsMaterial, 'authorities'>,
): boolean {
  if (issuer !== undefined)
    return before.authorities.every((one) =>
      authorities.some((other) => one.fingerprint256 === other.fingerprint256),
    );
  if (certificate === undefined) return false;
  return authorities.some((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));
}
