/** The Peers service: digests, one after the other, as fast as the other side takes them. */
import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { CausewayError } from '../domain/error.ts';
import { callerOf } from './caller.ts';
import { digestToWire } from './convert-digest.ts';
import { toStatus } from './errors.ts';
import type { ObserveRequest__Output } from './gen/causeway/v1/ObserveRequest.ts';
import type { PeersHandlers as WireHandlers } from './gen/causeway/v1/Peers.ts';
import type { SiteDigest as WireDigest } from './gen/causeway/v1/SiteDigest.ts';
import type { Handlers, PeerHandlers } from './handlers.ts';

export function peersService(
  peers: PeerHandlers,
  { onInternalError = () => {} }: Pick<Handlers, 'onInternalError'>,
): WireHandlers {
  return {
    Observe: (call) => {
      observe(peers, call).catch((error) => {
        if (!(error instanceof CausewayError)) onInternalError('observe', error);
        call.emit('error', toStatus(error));
      });
    },
  };
}

async function observe(
  peers: PeerHandlers,
  call: ServerWritableStream<ObserveRequest__Output, WireDigest>,
): Promise<void> {
  const abort = new AbortController();
  const { signal } = abort;
  call.once('cancelled', () => abort.abort());
  const { coordinator, once: isOnce } = call.request;
  for await (const digest of peers.observe(coordinator, { caller: callerOf(call), once: isOnce, signal })) {
    for (const part of digestToWire(digest)) {
      if (signal.aborted) return;
      // The next one is not made before this has gone: whoever is slow gets fewer, and never old ones.
      if (!call.write(part)) await once(call, 'drain', { signal }).catch(() => {});
    }
  }
  call.end();
}
