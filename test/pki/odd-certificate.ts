/** Certificates that nobody's CA ought to make, by a CA of the test's own. Nothing of them is kept. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Signed by itself; PEM. */
export async function oddCertificate(
  names: readonly JsonGeneralName[] | undefined,
  { isCa = false } = {},
): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '00ab12',
    name: 'CN=odd',
    notBefore: new Date(0),
    notAfter: new Date(86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(isCa, undefined, true),
      ...(names === undefined ? [] : [new SubjectAlternativeNameExtension([...names])]),
    ],
  });
  return certificate.toString('pem');
}
