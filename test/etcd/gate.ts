/** What stands between programs and a server that they call, and lets through what a test wants, of all or of some callers. */
import { connect, createServer, type Socket } from 'node:net';
import { createLossy, type Loss, type Lossy } from './lossy.ts';

export interface Gate {
  /** In place of the one behind it. */
  readonly endpoint: string;
  /** Connections end, and none is taken. */
  shut(from?: From): void;
  /** What is asked gets through; what is answered is held back, and lost when the gate is shut. */
  mute(from?: From): void;
  /** Nothing gets through, and nobody is told. */
  freeze(from?: From): void;
  /** What is asked waits; what is answered gets through. */
  deafen(from?: From): void;
  /** Connections to come go there. */
  lead(endpoint: string): void;
  /** As `freeze`, once so much more has been answered; resolves then. */
  freezeAfter(bytes: number): Promise<void>;
  /** From now on each piece may be late, or end its connection; undefined: no more. */
  lose(loss: Loss | undefined, from?: From): void;
  /** For everybody. */
  open(): void;
  /** Bytes that were answered through it. */
  answered(): number;
  dispose(): Promise<void>;
}

/** Whom it concerns, by who has called; absent: everybody. */
export type From = (caller: string) => boolean;

type State = 'open' | 'shut' | 'mute' | 'deaf' | 'frozen';

interface Pair {
  readonly client: Socket;
  readonly behind: Socket;
  readonly lossy: Lossy;
  /** Known with the first piece at the latest. */
  caller: string;
}

export interface GateOptions {
  /** Who has called, by the first piece of what he sends; absent: his address. */
  readonly caller?: (address: string, first: Buffer) => string;
}

export async function openGate(endpoint: string, options: GateOptions = {}): Promise<Gate> {
  const { protocol } = new URL(endpoint);
  let target = endpoint;
  const pairs = new Set<Pair>();
  let rules: readonly { readonly state: State; readonly from: From }[] = [];
  let losses: readonly { readonly loss: Loss | undefined; readonly from: From }[] = [];
  let answeredBytes = 0;
  let freezeAt = { bytes: Number.POSITIVE_INFINITY, reached: () => {} };

  const stateOf = (caller: string): State => rules.findLast(({ from }) => from(caller))?.state ?? 'open';
  const lossOf = (caller: string): Loss | undefined => losses.findLast(({ from }) => from(caller))?.loss;

  const server = createServer((client) => {
    const caller = client.remoteAddress ?? '';
    if (stateOf(caller) === 'shut') {
      client.destroy();
      return;
    }
    const { hostname, port } = new URL(target);
    const behind = connect(Number(port), hostname);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      behind.destroy();
    };
    const pair: Pair = { client, behind, caller, lossy: createLossy(() => lossOf(pair.caller), end) };
    pairs.add(pair);
    for (const socket of [client, behind]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    let isFirst = options.caller !== undefined;
    client.on('data', (chunk: Buffer) => {
      if (isFirst) {
        isFirst = false;
        pair.caller = options.caller?.(caller, chunk) ?? caller;
        apply(pair);
        // What has told who it is is not yet there either.
        if (client.isPaused()) return client.unshift(chunk);
      }
      pair.lossy.pass('there', () => behind.write(chunk));
    });
    behind.on('data', (chunk: Buffer) => {
      pair.lossy.pass('back', () => client.write(chunk));
      answeredBytes += chunk.length;
      if (answeredBytes >= freezeAt.bytes) freezeAt.reached();
    });
    apply(pair);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;

  function apply({ client, behind, caller }: Pair): void {
    const state = stateOf(caller);
    if (state === 'frozen' || state === 'deaf') client.pause();
    else client.resume();
    if (state === 'frozen' || state === 'mute') behind.pause();
    else behind.resume();
    if (state === 'shut') {
      client.destroy();
      behind.destroy();
    }
  }
  function become(state: State, from: From | undefined): void {
    const rule = { state, from: from ?? everybody };
    rules = from === undefined ? [rule] : [...rules, rule];
    for (const pair of [...pairs]) apply(pair);
  }

  return {
    endpoint: `${protocol}//127.0.0.1:${own}`,
    shut: (from) => become('shut', from),
    mute: (from) => become('mute', from),
    freeze: (from) => become('frozen', from),
    deafen: (from) => become('deaf', from),
    lead(next) {
      target = next;
    },
    freezeAfter: (bytes) =>
      new Promise((resolve) => {
        freezeAt = {
          bytes: answeredBytes + bytes,
          reached() {
            freezeAt = { bytes: Number.POSITIVE_INFINITY, reached: () => {} };
            become('frozen', undefined);
            resolve();
          },
        };
      }),
    lose(loss, from) {
      const rule = { loss, from: from ?? everybody };
      losses = from === undefined ? [rule] : [...losses, rule];
    },
    open: () => become('open', undefined),
    answered: () => answeredBytes,
    dispose: () =>
      new Promise((resolve) => {
        become('shut', undefined);
        server.close(() => resolve());
      }),
  };
}

const everybody: From = () => true;
