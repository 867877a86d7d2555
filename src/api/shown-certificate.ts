/**
 * What a connection has shown of who is at its other end: read once, at the door, for every call on it. It shows no other certificate
 * while it lasts, since TLS 1.3 has no renegotiation and nobody here asks again; that this one is denied or over meanwhile ends the
 * connection (tls-door).
 */
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { CertificateFacts } from '../pki/certificate.ts';

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext'>;

/** By what gRPC hands on of a certificate. */
const read = new WeakMap<object, CertificateFacts>();

/** Only whether there are any is looked at. */
const noBytes = Buffer.alloc(0);

/**
 * gRPC asks the socket at each call, several times, and Node would each time write out all of the certificate, its key included: from
 * here on it answers with what was read.
 */
export function keepShown(socket: Pick<TLSSocket, 'getPeerCertificate'>, facts: CertificateFacts): void {
  const shown = { raw: noBytes } as PeerCertificate;
  read.set(shown, facts);
  // biome-ignore lint/suspicious/noExplicitAny: it has a second shape, with the issuers', which no server of ours asks for
  socket.getPeerCertificate = (): any => shown;
}

/** Undefined: the connection has not come in by the door, or is over. */
export function shownBy(call: Call): CertificateFacts | undefined {
  const shown = call.getAuthContext().sslPeerCertificate;
  return shown === undefined ? undefined : read.get(shown);
}
