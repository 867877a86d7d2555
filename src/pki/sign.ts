/** How certificates are made: the one user of the X.509 library, which only those load who make some. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { CausewayError, messageOf } from '../domain/error.ts';
import { type Identity, identityPath, identityUri } from '../domain/identity.ts';
import { issuerName, sinceName } from './certificate.ts';
import { derOf } from './der.ts';

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

/** A CA of its own for one trust domain; it signs leaves, and issuers that sign leaves alone. `serial`: hexadecimal. */
export async function makeAuthority(domain: string, serial: string, validity: Validity): Promise<KeyPair> {
  const keys = await newKeys();
  const cert = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    name: [{ CN: [`Causeway CA of ${domain}`] }],
    ...dates(validity),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      domainName(domain),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(cert), key: await keyText(keys.privateKey) };
}

/**
 * A CA below it, which signs leaves of that domain and nobody else. Throws `invalid` where the authority may have none below it.
 * `serial`: hexadecimal.
 */
export async function makeIssuer(
  authority: KeyPair,
  { domain, name }: { readonly domain: string; readonly name: string },
  serial: string,
  validity: Validity,
): Promise<KeyPair> {
  const above = new X509Certificate(authority.cert);
  const length = above.getExtension(BasicConstraintsExtension)?.pathLength;
  if (length !== undefined && length < 1)
    throw new CausewayError({
      code: 'invalid',
      operation: 'make issuer',
      subject: name,
      message:
        'this CA was made before there were issuers, and may have none: exchange it for another one (docs/security.md)',
    });
  const keys = await newKeys();
  const cert = await X509CertificateGenerator.create({
    serialNumber: serial,
    issuer: above.subjectName,
    subject: issuerName(name, serial),
    ...dates(validity),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      domainName(domain),
      new Extension('2.5.29.30', true, urisOf(domain)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(above.publicKey),
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
  const keys = await newKeys();
  const { publicKey } = keys;
  const cert = await leaf(authority, { identity, publicKey, serial, validity });
  return { cert, key: await keyText(keys.privateKey) };
}

/** What somebody wants to have certified (PKCS #10, DER), after he has proved that he holds its key. */
export interface RequestedKey {
  readonly publicKey: PublicKey;
  /** Names that he wants in his certificate. */
  readonly names: readonly string[];
}

/** Throws `invalid` for what is none, is not signed with its own key, or has another kind of key than ours. */
export async function readRequest(request: Uint8Array): Promise<RequestedKey> {
  let parsed: Pkcs10CertificateRequest;
  let isOwn: boolean;
  try {
    parsed = new Pkcs10CertificateRequest(Uint8Array.from(request));
    isOwn = await parsed.verify();
  } catch (error) {
    throw badRequest(`it cannot be read (${messageOf(error)})`);
  }
  const { publicKey } = parsed;
  if (!isOwn) throw badRequest('it is not signed with the key that is in it');
  const { name, namedCurve } = publicKey.algorithm as webcrypto.EcKeyAlgorithm;
  if (name !== 'ECDSA' || namedCurve !== 'P-256')
    throw badRequest(`found a key of ${namedCurve ?? name}, expected ECDSA of P-256`);
  const names = parsed.getExtension('2.5.29.17');
  const wanted = names instanceof SubjectAlternativeNameExtension ? names.names.items : [];
  return { publicKey, names: wanted.map(({ value }) => value) };
}

/** Of a key that its holder keeps to himself. In PEM. */
export async function signRequested(
  issuer: KeyPair,
  { publicKey }: RequestedKey,
  of: { readonly identity: Identity; readonly sinceMs: number },
  serial: string,
  validity: Validity,
): Promise<string> {
  return leaf(issuer, { ...of, publicKey, serial, validity });
}

interface Leaf {
  readonly identity: Identity;
  readonly publicKey: webcrypto.CryptoKey | PublicKey;
  readonly serial: string;
  readonly validity: Validity;
  /** Of one that is renewed. */
  readonly sinceMs?: number;
}

async function leaf(
  above: KeyPair,
  { identity, publicKey, serial, validity, sinceMs }: Leaf,
): Promise<string> {
  const issuer = new X509Certificate(above.cert);
  const usages = [ExtendedKeyUsage.clientAuth];
  if (identity.role === 'coordinator') usages.push(ExtendedKeyUsage.serverAuth);
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension(usages),
    new SubjectAlternativeNameExtension([{ type: 'url', value: identityUri(identity) }]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
  const cert = await X509CertificateGenerator.create({
    serialNumber: serial,
    issuer: issuer.subjectName,
    // RFC 5280 gives a common name 64 characters; the identity is in the URI, this is for people.
    subject: [
      { CN: [identityPath(identity).slice(0, 64)] },
      ...(sinceMs === undefined ? [] : [sinceName(sinceMs)]),
    ],
    ...dates(validity),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: await signingKey(above.key),
    extensions,
  });
  return pem(cert);
}

function domainName(domain: string): SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${domain}` }]);
}

/** Name constraints, RFC 5280 section 4.2.1.10: of URIs, those alone whose host is the domain. The library has no type of them. */
function urisOf(domain: string): Uint8Array<ArrayBuffer> {
  const name = derOf(0x86, Buffer.from(domain, 'latin1'));
  return Uint8Array.from(derOf(0x30, derOf(0xa0, derOf(0x30, name))));
}

function badRequest(message: string): CausewayError {
  return new CausewayError({ code: 'invalid', operation: 'read certificate request', message });
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
