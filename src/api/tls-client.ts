/** How a client of ours connects: by TLS 1.3 with its certificate, to a coordinator of its own trust domain and nobody else. */
import { createSecureContext } from 'node:tls';
import { ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { messageOf } from '../domain/error.ts';
import { identityUri } from '../domain/identity.ts';
import { readCertificate } from '../pki/certificate.ts';
import { notForIssuers } from '../pki/lives.ts';
import { clientOptions } from './channel.ts';
import type { TlsMaterial } from './tls-files.ts';

export interface Dialling {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
  /** Why who answered was not believed, or may not have believed us; undefined: nothing is known. gRPC tells only that it did not connect. */
  doubt(): string | undefined;
}

/** Undefined: plaintext. */
export function dialling(tls: TlsMaterial | undefined): Dialling {
  if (tls === undefined)
    return {
      credentials: ChannelCredentials.createInsecure(),
      options: clientOptions,
      doubt: () => undefined,
    };
  const { cert, key, ca, own } = tls;
  const context = createSecureContext({ cert, key, ca, minVersion: 'TLSv1.3' });
  const { domain } = own.identity;
  let doubt: string | undefined;
  const credentials = ChannelCredentials.createFromSecureContext(context, {
    checkServerIdentity(_, { raw }) {
      const wrong = notACoordinator(raw, domain);
      doubt =
        wrong ??
        `it may not accept the certificate of ${identityUri(own.identity)}; its log says whom it refused`;
      return wrong === undefined ? undefined : new Error(wrong);
    },
  });
  // A coordinator is known by its identity, not by the name or address by which it was called; those never go in clear into a hello.
  const options = { ...clientOptions, 'grpc.ssl_target_name_override': 'coordinator' };
  return { credentials, options, doubt: () => doubt };
}

/** The CA has signed it; this is about whom it has signed it for. */
function notACoordinator(certificate: Uint8Array, domain: string): string | undefined {
  try {
    const facts = readCertificate(certificate);
    const { identity, issuer } = facts;
    const overreach = issuer === undefined ? undefined : notForIssuers(identity.role, facts);
    if (overreach !== undefined) return `the certificate of who answers is of an issuer, and ${overreach}`;
    if (identity.role === 'coordinator' && identity.domain === domain) return undefined;
    return `who answers is ${identityUri(identity)}, expected a coordinator of ${domain}`;
  } catch (error) {
    return `who answers is nobody: ${messageOf(error)}`;
  }
}
