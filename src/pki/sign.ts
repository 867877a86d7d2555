/** How certificates are made: the one user of the X.509 library, which only `causeway pki` and the Terraform provider load. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { type Identity, identityPath, identityUri } from '../domain/identity.ts';

/** Both in PEM; the key as PKCS #8, not encrypted. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A CA of its own for one trust domain; it signs leaves and no other CA. `serial`: hexadecimal. */
export async function makeAuthority(domain: string, serial: string, validity: Validity): Promise<KeyPair> {
  const keys = await newKeys();
  const cert = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    name: [{ CN: [`Causeway CA of ${domain}`] }],
    ...dates(validity),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${domain}` }]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(cert), key: await keyText(keys.privateKey) };
}

/** A new key and its certificate, in the form of SPIFFE X509-SVID: one URI, no CA. Only a coordinator's serves. */
export async function signLeaf(
  authority: KeyPair,
  identity: Identity,
  serial: string,
  validity: Validity,
): Promise<KeyPair> {
  const issuer = new X509Certificate(authority.cert);
  const keys = await newKeys();
  const usages = [ExtendedKeyUsage.clientAuth];
  if (identity.role === 'coordinator') usages.push(ExtendedKeyUsage.serverAuth);
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension(usages),
    new SubjectAlternativeNameExtension([{ type: 'url', value: identityUri(identity) }]),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
  const cert = await X509CertificateGenerator.create({
    serialNumber: serial,
    issuer: issuer.subjectName,
    // RFC 5280 gives a common name 64 characters; the identity is in the URI, this is for people.
    subject: [{ CN: [identityPath(identity).slice(0, 64)] }],
    ...dates(validity),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    extensions,
  });
  return { cert: pem(cert), key: await keyText(keys.privateKey) };
}

/**
 * For a program that serves just the one that has started it, which knows the certificate beforehand: it signs itself, and is called
 * by the name localhost.
 */
export async function makePluginCertificate(serial: string, validity: Validity): Promise<KeyPair> {
  const keys = await newKeys();
  const cert = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    name: [{ CN: ['localhost'] }],
    ...dates(validity),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]),
    ],
  });
  return { cert: pem(cert), key: await keyText(keys.privateKey) };
}

function dates({ notBeforeMs, notAfterMs }: Validity): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function keyText(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

function signingKey(text: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(text), algorithm, false, ['sign']);
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
