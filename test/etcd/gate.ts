/** What stands between a program and a server that it calls, and lets through what a test wants. */
import { connect, createServer, type Socket } from 'node:net';

export interface Gate {
  /** In place of the one behind it. */
  readonly endpoint: string;
  /** Connections end, and none is taken. */
  shut(): void;
  /** What is asked gets through; what is answered is held back, and lost when the gate is shut. */
  mute(): void;
  /** Nothing gets through, and nobody is told. */
  freeze(): void;
  /** What is asked waits; what is answered gets through. */
  deafen(): void;
  /** Connections to come go there. */
  lead(endpoint: string): void;
  /** As `freeze`, once so much more has been answered; resolves then. */
  freezeAfter(bytes: number): Promise<void>;
  open(): void;
  /** Bytes that were answered through it. */
  answered(): number;
  dispose(): Promise<void>;
}

export async function openGate(endpoint: string): Promise<Gate> {
  const { protocol } = new URL(endpoint);
  let target = endpoint;
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'open' | 'shut' | 'mute' | 'deaf' | 'frozen' = 'open';
  let answeredBytes = 0;
  let freezeAt = { bytes: Number.POSITIVE_INFINITY, reached: () => {} };
  const server = createServer((client) => {
    if (state === 'shut') {
      client.destroy();
      return;
    }
    const { hostname, port } = new URL(target);
    const behind = connect(Number(port), hostname);
    const pair = [client, behind] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      behind.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (chunk) => behind.write(chunk));
    behind.on('data', (chunk: Buffer) => {
      client.write(chunk);
      answeredBytes += chunk.length;
      if (answeredBytes >= freezeAt.bytes) freezeAt.reached();
    });
    apply(pair);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;

  function apply(pair: readonly [Socket, Socket]): void {
    const [client, behind] = pair;
    if (state === 'frozen' || state === 'deaf') client.pause();
    else client.resume();
    if (state === 'frozen' || state === 'mute') behind.pause();
    else behind.resume();
    if (state === 'shut') {
      client.destroy();
      behind.destroy();
    }
  }
  function become(next: typeof state): void {
    state = next;
    for (const pair of [...pairs]) apply(pair);
  }

  return {
    endpoint: `${protocol}//127.0.0.1:${own}`,
    shut: () => become('shut'),
    mute: () => become('mute'),
    freeze: () => become('frozen'),
    deafen: () => become('deaf'),
    lead(next) {
      target = next;
    },
    freezeAfter: (bytes) =>
      new Promise((resolve) => {
        freezeAt = {
          bytes: answeredBytes + bytes,
          reached() {
            freezeAt = { bytes: Number.POSITIVE_INFINITY, reached: () => {} };
            become('frozen');
            resolve();
          },
        };
      }),
    open: () => become('open'),
    answered: () => answeredBytes,
    dispose: () =>
      new Promise((resolve) => {
        become('shut');
        server.close(() => resolve());
      }),
  };
}
