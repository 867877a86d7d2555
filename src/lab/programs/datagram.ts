// Requests by UDP: a datagram with a word of its own, answered with that word and who answers (udp-app.pl). Nothing is sent
// twice: what is lost is lost.
import { createSocket, type Socket } from 'node:dgram';
import type { Answer } from './exchange.ts';

/** One socket, so one source port: for a director a flow, which stays with its real server. */
export interface UdpFlow {
  /** Rejects with `timeout` or an errno. */
  ask(timeoutMs: number): Promise<Answer>;
  close(): void;
}

let lastWord = 0;

export function openFlow(host: string, port: number): UdpFlow {
  const socket = createSocket('udp4');
  // Without one who waits, an ICMP error is nobody's.
  socket.on('error', () => {});
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  socket.connect(port, host, () => resolve());
  return {
    async ask(timeoutMs) {
      await connected;
      return await exchange(socket, timeoutMs);
    },
    close: () => socket.close(),
  };
}

function exchange(socket: Socket, timeoutMs: number): Promise<Answer> {
  lastWord += 1;
  const word = String(lastWord);
  return new Promise((resolve, reject) => {
    const settle = (outcome: Answer | string): void => {
      clearTimeout(limit);
      socket.off('message', onMessage).off('error', onError);
      if (typeof outcome === 'string') reject(new Error(outcome));
      else resolve(outcome);
    };
    const onMessage = (message: Buffer): void => {
      const answer = readDatagram(message.toString('latin1'), word);
      if (answer !== undefined) settle(answer);
    };
    const onError = (error: NodeJS.ErrnoException): void => settle(error.code ?? error.message);
    const limit = setTimeout(() => settle('timeout'), timeoutMs);
    socket.on('message', onMessage).on('error', onError);
    socket.send(`${word}\n`);
  });
}

/** Undefined where it answers something else: an earlier datagram that came late. */
export function readDatagram(text: string, word: string): Answer | undefined {
  const [echoed, host = '', site = ''] = text.trim().split(' ');
  return echoed === word ? { host, site } : undefined;
}
