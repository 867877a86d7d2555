/**
 * The end of a gRPC client, with what it has left behind. Of one that could not connect, grpc-js 1.14 goes on all the same: a second
 * after the failure it connects once more, and nobody ever closes that connection. A thousand agents whose coordinator comes back
 * would shake hands twice, and it would keep twice as many.
 */
import type { Client } from '@grpc/grpc-js';

/** As far as it is known of grpc-js from within; held by a test. */
interface Inner {
  readonly internalChannel?: {
    readonly subchannelPool?: {
      readonly pool?: Readonly<Record<string, readonly { readonly subchannel: { stopBackoff(): void } }[]>>;
    };
  };
}

/** The client has a pool of its own (`grpc.use_local_subchannel_pool`): nobody else's connections are in it. */
export function closeClient(client: Client): void {
  const { internalChannel } = client.getChannel() as unknown as Inner;
  const left = Object.values(internalChannel?.subchannelPool?.pool ?? {}).flat();
  client.close();
  // What it is about to begin with, it begins before that.
  setImmediate(() => {
    for (const { subchannel } of left) subchannel.stopBackoff();
  });
}
