/** A CA below the CA, where coordinators are: what it may sign, for whom, and for how long. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { CausewayError } from '../domain/error.ts';
import { identityUri } from '../domain/identity.ts';
import { type CertificateFacts, canonicalSerial, timeText } from './certificate.ts';
import { leewayMs, notForIssuers } from './lives.ts';
import { certificatesIn, keyIn } from './pem.ts';
import { newSerial } from './serial.ts';

export interface Issuer {
  /** Both in PEM. */
  readonly cert: string;
  readonly key: string;
  readonly serial: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** From the text of its file: certificate and key in PEM. Throws `invalid`; the key is in no message. */
export function parseIssuer(text: string, file: string): Issuer {
  const [cert] = certificatesIn(text);
  const key = keyIn(text);
  if (cert === undefined || key === undefined)
    throw badFile(
      file,
      'expected a certificate and a private key in PEM, as causeway pki issuer writes them',
    );
  let certificate: X509Certificate;
  let isItsKey: boolean;
  try {
    certificate = new X509Certificate(cert);
    isItsKey = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // Its message might quote what is in the file.
    throw badFile(file, 'its certificate or its key cannot be read');
  }
  if (!isItsKey) throw badFile(file, 'its key is not that of its certificate');
  if (!certificate.ca) throw badFile(file, 'its certificate is no CA: expected one of causeway pki issuer');
  return {
    cert,
    key,
    serial: canonicalSerial(certificate.serialNumber),
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  };
}

/**
 * From when to when the next certificate of this holder is good: as long as the one that he has, never longer, and not past the issuer's
 * own end. Throws `permission` where issuers make none for him, `refused` where it is too early or too late for one.
 */
export function renewedValidity(
  holder: CertificateFacts,
  issuer: Pick<Issuer, 'notAfterMs'>,
  nowMs: number,
): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  const subject = identityUri(holder.identity);
  const overreach = notForIssuers(holder.identity.role, holder);
  if (overreach !== undefined) throw refusal('permission', subject, overreach);
  const lifeMs = holder.notAfterMs - holder.notBeforeMs;
  const fromMs = holder.notBeforeMs + lifeMs / 2;
  if (nowMs < fromMs)
    throw refusal(
      'refused',
      subject,
      `its certificate is good for long yet: ask from ${timeText(fromMs)} on`,
    );
  if (nowMs >= holder.notAfterMs)
    throw refusal('refused', subject, `its certificate has expired on ${timeText(holder.notAfterMs)}`);
  const notBeforeMs = nowMs - leewayMs;
  const notAfterMs = Math.min(notBeforeMs + lifeMs, issuer.notAfterMs);
  // Dates in certificates are whole seconds.
  if (notAfterMs >= holder.notAfterMs + 1_000) return { notBeforeMs, notAfterMs };
  throw refusal(
    'refused',
    subject,
    `the issuer itself is good until ${timeText(issuer.notAfterMs)} alone: replace it (causeway pki issuer)`,
  );
}

/**
 * Signs the key of a request (PKCS #10, DER) for the holder of this certificate. The answer in PEM: its certificate, then the issuer's.
 * Throws as `renewedValidity`; `invalid` for a request that is none, `permission` for one that names somebody else.
 */
export async function renewed(
  issuer: Issuer,
  { holder, request }: { readonly holder: CertificateFacts; readonly request: Uint8Array },
  { nowMs, randomBytes }: { readonly nowMs: number; readonly randomBytes: (size: number) => Uint8Array },
): Promise<string> {
  const validity = renewedValidity(holder, issuer, nowMs);
  const { identity, sinceMs } = holder;
  const own = identityUri(identity);
  // The library of who signs is large, and this is seldom.
  const { readRequest, signRequested } = await import('./sign.ts');
  const requested = await readRequest(request);
  const other = requested.names.find((name) => name !== own);
  if (other !== undefined)
    throw refusal('permission', own, `it asks for a certificate of ${other}, which it is not`);
  const cert = await signRequested(
    issuer,
    requested,
    { identity, sinceMs },
    newSerial(randomBytes),
    validity,
  );
  return `${cert}${issuer.cert}\n`;
}

function refusal(code: 'permission' | 'refused', subject: string, message: string): CausewayError {
  return new CausewayError({ code, operation: 'renew certificate', subject, message });
}

function badFile(subject: string, message: string): CausewayError {
  return new CausewayError({ code: 'invalid', operation: 'read issuer', subject, message });
}
