/** The one call of Agents that is no stream: who has a certificate gets his next one. */
import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import { CausewayError } from '../domain/error.ts';
import type { CertificateFacts } from '../pki/certificate.ts';
import { toldCall } from './called.ts';
import type { RenewRequest__Output } from './gen/causeway/v1/RenewRequest.ts';
import type { RenewResponse } from './gen/causeway/v1/RenewResponse.ts';
import type { Handlers } from './handlers.ts';
import { loadApi } from './proto-services.ts';
import { readRequest } from './raw-requests.ts';
import { shownBy } from './shown-certificate.ts';
import { type Call, unaryCall } from './unary-call.ts';
import type { WireLimits } from './wire-bounds.ts';

/** A request of P-256 has some 200 bytes; others' tools add names. */
const renewLimits: WireLimits = { bytes: 8_192, items: 8, textBytes: 4_096, depth: 1 };

type Run = (request: RenewRequest__Output, call: Call) => Promise<RenewResponse>;

const operation = 'renew certificate';

/** For a service whose requests come as bytes. */
export function renewCall({
  renewals,
  onCalled = async () => {},
  onInternalError = () => {},
}: Pick<Handlers, 'renewals' | 'onCalled' | 'onInternalError'>): handleUnaryCall<
  RenewRequest__Output,
  RenewResponse
> {
  const serve = (run: Run) => unaryCall<RenewRequest__Output, RenewResponse>(operation, run, onInternalError);
  // All agents ask now and then: that is nothing to tell anybody.
  if (renewals === undefined) return serve(withoutIssuer);
  return (call, callback) => {
    const renew = toldCall<RenewRequest__Output, RenewResponse, Call>(
      { method: 'Agents.Renew', saidOf: () => ({}), onCalled },
      async (bytes, { caller }) => {
        const { Renew } = loadApi().agents.service;
        const { request } = readRequest<RenewRequest__Output>(Renew, bytes, renewLimits);
        const certificate = await renewals.renew(request, { caller, certificate: holderOf(call) });
        return { answer: { certificate }, made: {} };
      },
    );
    serve(renew)(call, callback);
  };
}

function holderOf(call: Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext'>): CertificateFacts {
  const shown = shownBy(call);
  if (shown !== undefined) return shown;
  throw new CausewayError({
    code: 'permission',
    operation,
    message: 'who calls has shown none',
  });
}

async function withoutIssuer(): Promise<never> {
  throw new CausewayError({
    code: 'unsupported',
    operation,
    message: 'this coordinator has no issuer (tls.issuer)',
  });
}
