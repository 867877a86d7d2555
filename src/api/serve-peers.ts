/** The Peers service: digests, one after the other, as fast as the other side takes them; changes to whoever takes those. */
import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { CausewayError } from '../domain/error.ts';
import { callerOf } from './caller.ts';
import { digestChangesCapability } from './convert-digest.ts';
import { toStatus } from './errors.ts';
import type { ObserveRequest__Output } from './gen/causeway/v1/ObserveRequest.ts';
import type { PeersHandlers as WireHandlers } from './gen/causeway/v1/Peers.ts';
import type { SiteDigest as WireDigest } from './gen/causeway/v1/SiteDigest.ts';
import type { Handlers, PeerHandlers } from './handlers.ts';
import { createDigestTeller, createDigestTellings, type DigestTellings } from './tell-digest.ts';

export function peersService(
  peers: PeerHandlers,
  { onInternalError = () => {} }: Pick<Handlers, 'onInternalError'>,
): WireHandlers {
  const tellings = createDigestTellings();
  return {
    Observe: (call) => {
      observe(peers, tellings, call).catch((error) => {
        if (!(error instanceof CausewayError)) onInternalError('observe', error);
        call.emit('error', toStatus(error));
      });
    },
  };
}

async function observe(
  peers: PeerHandlers,
  tellings: DigestTellings,
  call: ServerWritableStream<ObserveRequest__Output, WireDigest>,
): Promise<void> {
  const abort = new AbortController();
  const { signal } = abort;
  call.once('cancelled', () => abort.abort());
  const { coordinator, once: isOnce, capabilities } = call.request;
  const teller = createDigestTeller(tellings, capabilities.includes(digestChangesCapability));
  for await (const digest of peers.observe(coordinator, { caller: callerOf(call), once: isOnce, signal })) {
    for await (const part of teller.parts(digest)) {
      if (signal.aborted) return;
      // The next one is not made before this has gone: whoever is slow gets fewer, never old ones, and what changed since the last that went.
      if (!call.write(part)) await once(call, 'drain', { signal }).catch(() => {});
    }
  }
  call.end();
}
