/** Certificates for an etcd on the loopback and for who asks it, of a CA made for the test. */
import 'reflect-metadata';
import { randomUUID, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hourMs = 3_600_000;

/** Writes `ca.pem`, `server.pem`, `server.key`, `client.pem`, `client.key` into the folder, over those that are there. */
export async function writeCertificates(folder: string): Promise<void> {
  const ca = await newKeys();
  const dates = { notBefore: new Date(Date.now() - hourMs), notAfter: new Date(Date.now() + hourMs) };
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...{ serialNumber: serial(), name: 'CN=ca', ...dates, signingAlgorithm: algorithm, keys: ca },
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  writeFileSync(join(folder, 'ca.pem'), authority.toString('pem'));
  for (const name of ['server', 'client']) {
    const keys = await newKeys();
    const leaf = await X509CertificateGenerator.create({
      ...{ serialNumber: serial(), issuer: authority.subjectName, subject: `CN=${name}`, ...dates },
      ...{ signingAlgorithm: algorithm, publicKey: keys.publicKey, signingKey: ca.privateKey },
      extensions: [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
      ],
    });
    const key = PemConverter.encode(
      await webcrypto.subtle.exportKey('pkcs8', keys.privateKey),
      'PRIVATE KEY',
    );
    writeFileSync(join(folder, `${name}.pem`), leaf.toString('pem'));
    writeFileSync(join(folder, `${name}.key`), key);
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function serial(): string {
  return `1${randomUUID().replaceAll('-', '').slice(1)}`;
}
