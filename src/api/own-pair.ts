/** Which key and certificate a program shows: those that its operator gave it, or what it has renewed of them by itself since. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { messageOf } from '../domain/error.ts';
import { identityUri } from '../domain/identity.ts';
import { type CertificateFacts, readCertificate } from '../pki/certificate.ts';
import { certificatesIn, keyIn } from '../pki/pem.ts';
import { tlsError } from './tls-error.ts';
import type { TlsFiles, TlsTexts } from './tls-files.ts';

export interface OwnPair {
  /** In PEM: its own, and the issuer's where that has made it. */
  readonly cert: string;
  readonly key: string;
  readonly own: CertificateFacts;
  readonly passedOver: string | undefined;
}

type Read = { readonly pair: OwnPair } | { readonly mistake: Error };

/** Throws `invalid` where the operator's are no pair and nothing has been renewed. */
export function ownPair(
  { cert, key, renewed }: Pick<TlsTexts, 'cert' | 'key' | 'renewed'>,
  files: TlsFiles,
  authorities: readonly X509Certificate[],
): OwnPair {
  const given = read(() => pairOf(cert, key, files));
  const own =
    renewed === undefined ? undefined : read(() => renewedPair(renewed, files.renewed ?? '', authorities));
  if ('mistake' in given) {
    if (own === undefined || 'mistake' in own) throw given.mistake;
    return { ...own.pair, passedOver: given.mistake.message };
  }
  if (own === undefined) return given.pair;
  if ('mistake' in own) return { ...given.pair, passedOver: own.mistake.message };
  return follows(own.pair.own, given.pair.own) ? own.pair : given.pair;
}

/** Whoever is given a new certificate by the CA goes on with that, whatever it has renewed before. */
function follows(renewed: CertificateFacts, given: CertificateFacts): boolean {
  return (
    identityUri(renewed.identity) === identityUri(given.identity) &&
    renewed.sinceMs >= given.sinceMs &&
    renewed.notAfterMs > given.notAfterMs
  );
}

/** Of a text with both, as it is kept. Throws `invalid`: also where none of these CAs stands behind it. */
export function renewedPair(text: string, file: string, authorities: readonly X509Certificate[]): OwnPair {
  const pair = pairOf(certificatesIn(text).join('\n'), keyIn(text) ?? '', { cert: file, key: file });
  const chain = certificatesIn(text).map((pem) => new X509Certificate(pem));
  const isSigned = chain.every((one, index) => {
    const above = chain[index + 1];
    return above === undefined ? authorities.some((ca) => isBy(one, ca)) : isBy(one, above);
  });
  if (isSigned) return pair;
  throw tlsError('invalid', file, 'none of the CAs that are believed here stands behind what was renewed');
}

function isBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function pairOf(cert: string, key: string, files: Pick<TlsFiles, 'cert' | 'key'>): OwnPair {
  let own: CertificateFacts;
  try {
    own = readCertificate(cert);
  } catch (error) {
    throw tlsError('invalid', files.cert, messageOf(error));
  }
  checkKey(cert, key, files);
  return { cert, key, own, passedOver: undefined };
}

function checkKey(cert: string, key: string, files: Pick<TlsFiles, 'cert' | 'key'>): void {
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

function read(make: () => OwnPair): Read {
  try {
    return { pair: make() };
  } catch (error) {
    return { mistake: error instanceof Error ? error : new Error(String(error)) };
  }
}
