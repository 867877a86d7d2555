/** Whether a TCP handshake with an address of this host is completed, asked from that address itself. */
import { connect } from 'node:net';
import { realClock } from '../../src/runtime/system-clock.ts';
import { deadline } from './deadline.ts';

/** Resolves true once it was, false where it is refused, the address is not here, or nothing comes in time. Sends no byte. */
export type Handshake = (address: string, port: number) => Promise<boolean>;

const limitMs = 1_000;

export const localHandshake: Handshake = (address, port) =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, localAddress: address });
    const end = (completed: boolean) => {
      limit.cancel();
      // A reset leaves no TIME_WAIT, and nothing in the queue of a listener that waits for data.
      socket.resetAndDestroy();
      resolve(completed);
    };
    const limit = deadline(realClock, limitMs, () => end(false));
    socket.once('connect', () => end(true));
    // Reset before we could see it stand: only an established connection ends so, an unanswered one is refused.
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNRESET'));
  });
