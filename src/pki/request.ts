/** How a program asks for a certificate of a new key: PKCS #10 (RFC 2986), of the one kind that is needed, without the library of who signs. */
import { generateKeyPair, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { derOf } from './der.ts';

export interface CertificateRequest {
  /** PKCS #8 in PEM, not encrypted; it never leaves its host. */
  readonly key: string;
  /** DER. It names nobody: who asks is known by the certificate that he asks with. */
  readonly request: Uint8Array;
}

const newPair = promisify(generateKeyPair);
/** 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = Buffer.from('300a06082a8648ce3d040302', 'hex');
const version0 = Buffer.from('020100', 'hex');

export async function newRequest(): Promise<CertificateRequest> {
  const { publicKey, privateKey } = await newPair('ec', { namedCurve: 'P-256' });
  const [noName, noAttributes] = [derOf(0x30), derOf(0xa0)];
  const info = derOf(0x30, version0, noName, publicKey.export({ type: 'spki', format: 'der' }), noAttributes);
  const signature = derOf(0x03, Buffer.from([0]), sign('sha256', info, privateKey));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    request: derOf(0x30, info, ecdsaWithSha256, signature),
  };
}
