/** How a client of ours connects: by TLS 1.3 with its certificate, to a coordinator of its own trust domain and nobody else. */
import { createSecureContext, type SecureContext } from 'node:tls';
import { ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { messageOf } from '../domain/error.ts';
import { identityUri } from '../domain/identity.ts';
import { type CertificateFacts, readCertificate, timeText } from '../pki/certificate.ts';
import { notForIssuers } from '../pki/lives.ts';
import { clientOptions } from './channel.ts';
import type { TlsMaterial } from './tls-files.ts';

export interface Dialling {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
  /** Why who answered was not believed, or may not have believed us; undefined: nothing is known. gRPC tells only that it did not connect. */
  doubt(): string | undefined;
  /** Why who was believed when he answered is believed no more; undefined: he is. */
  objection(nowMs: number): string | undefined;
}

/** Undefined: plaintext. `onBelieved`: who answers is a coordinator; he has yet to say the same of us. */
export function dialling(tls: TlsMaterial | undefined, onBelieved: () => void = () => {}): Dialling {
  if (tls === undefined)
    return {
      credentials: ChannelCredentials.createInsecure(),
      options: clientOptions,
      doubt: () => undefined,
      objection: () => undefined,
    };
  const { own, denied } = tls;
  let doubt: string | undefined;
  let answered: CertificateFacts | undefined;
  const credentials = ChannelCredentials.createFromSecureContext(contextOf(tls), {
    checkServerIdentity(_, { raw }) {
      const found = coordinatorIn(raw, tls);
      if ('wrong' in found) {
        doubt = found.wrong;
        return new Error(found.wrong);
      }
      answered = found.facts;
      doubt = `it may not accept the certificate of ${identityUri(own.identity)}; its log says whom it refused`;
      onBelieved();
      return undefined;
    },
  });
  // A coordinator is known by its identity, not by the name or address by which it was called; those never go in clear into a hello.
  const options = { ...clientOptions, 'grpc.ssl_target_name_override': 'coordinator' };
  return {
    credentials,
    options,
    doubt: () => doubt,
    objection(nowMs) {
      if (answered === undefined) return undefined;
      const reason = denied.against(answered);
      if (reason !== undefined) return reason;
      if (nowMs < answered.notAfterMs) return undefined;
      return `the certificate that it has shown has expired on ${timeText(answered.notAfterMs)}`;
    },
  };
}

/** By what was read of one's own files: it goes with it, and files that are read again are another one. */
const contexts = new WeakMap<TlsMaterial['own'], Pick<TlsMaterial, 'ca'> & { context: SecureContext }>();

/** Key, certificate and CAs are parsed once, however often somebody who does not answer is called. */
function contextOf({ cert, key, ca, own }: TlsMaterial): SecureContext {
  const made = contexts.get(own);
  if (made?.ca === ca) return made.context;
  const context = createSecureContext({ cert, key, ca, minVersion: 'TLSv1.3' });
  contexts.set(own, { ca, context });
  return context;
}

/** The CA has signed it; this is about whom it has signed it for. */
function coordinatorIn(
  certificate: Uint8Array,
  { own, denied }: Pick<TlsMaterial, 'own' | 'denied'>,
): { readonly facts: CertificateFacts } | { readonly wrong: string } {
  const { domain } = own.identity;
  try {
    const facts = readCertificate(certificate);
    const { identity, issuer } = facts;
    const overreach = issuer === undefined ? undefined : notForIssuers(identity.role, facts);
    if (overreach !== undefined)
      return { wrong: `the certificate of who answers is of an issuer, and ${overreach}` };
    if (identity.role !== 'coordinator' || identity.domain !== domain)
      return { wrong: `who answers is ${identityUri(identity)}, expected a coordinator of ${domain}` };
    const objection = denied.against(facts);
    return objection === undefined
      ? { facts }
      : { wrong: `who answers is ${identityUri(identity)}, and ${objection}` };
  } catch (error) {
    return { wrong: `who answers is nobody: ${messageOf(error)}` };
  }
}
