/** Certificates that nobody's CA ought to make, by a CA of the test's own. Nothing of them is kept. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  type JsonGeneralName,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
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

/** Signed by that CA, good today, for whatever these names say; in PEM. */
export async function oddLeaf(
  authority: { readonly cert: string; readonly key: string },
  names: readonly JsonGeneralName[],
): Promise<{ cert: string; key: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [signing = ''] = PemConverter.decode(authority.key);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: '00ab14',
    issuer: new X509Certificate(authority.cert).subjectName,
    subject: 'CN=odd',
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', signing as ArrayBuffer, algorithm, false, ['sign']),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new SubjectAlternativeNameExtension([...names]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}

/** A CA as Causeway made them before it had issuers: it may sign leaves alone. In PEM. */
export async function oldAuthority(domain: string): Promise<{ cert: string; key: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '00ab13',
    name: [{ CN: [`Causeway CA of ${domain}`] }],
    notBefore: new Date(0),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}
