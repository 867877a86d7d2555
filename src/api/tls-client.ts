/** How a client of ours connects: by TLS 1.3 with its certificate, to a coordinator of its own trust domain and nobody else. */
import { createSecureContext, type PeerCertificate } from 'node:tls';
import { ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { messageOf } from '../domain/error.ts';
import { identityUri } from '../domain/identity.ts';
import { readCertificate } from '../pki/certificate.ts';
import { clientOptions } from './channel.ts';
import type { TlsMaterial } from './tls-files.ts';

export interface Dialling {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/** Undefined: plaintext. */
export function dialling(tls: TlsMaterial | undefined): Dialling {
  if (tls === undefined) return { credentials: ChannelCredentials.createInsecure(), options: clientOptions };
  const { cert, key, ca, own } = tls;
  const context = createSecureContext({ cert, key, ca, minVersion: 'TLSv1.3' });
  const { domain } = own.identity;
  const credentials = ChannelCredentials.createFromSecureContext(context, {
    checkServerIdentity: (_, certificate) => notACoordinator(certificate, domain),
  });
  // A coordinator is known by its identity, not by the name or address by which it was called; those never go in clear into a hello.
  return { credentials, options: { ...clientOptions, 'grpc.ssl_target_name_override': 'coordinator' } };
}

/** The CA has signed it; this is about whom it has signed it for. */
function notACoordinator({ raw }: PeerCertificate, domain: string): Error | undefined {
  try {
    const { identity } = readCertificate(raw);
    if (identity.role === 'coordinator' && identity.domain === domain) return undefined;
    return new Error(`who answers is ${identityUri(identity)}, expected a coordinator of ${domain}`);
  } catch (error) {
    return new Error(messageOf(error));
  }
}
