// One HTTP request on a TCP connection, as light as it can be: the lab runs it in an emulated kernel.
import { createConnection, type Socket } from 'node:net';

export interface Answer {
  readonly host: string;
  readonly site: string;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Connects; whether that works shows with the first request. */
export function openConnection(target: Target): Socket {
  const socket = createConnection({ host: target.host, port: target.port, noDelay: true });
  socket.setEncoding('latin1');
  socket.on('error', () => {}); // Whoever waits for an answer hears of it; an idle connection's end is seen by `close`.
  return socket;
}

/** Sends one request and waits for the whole answer. Rejects with `timeout`, an errno, `closed` or `status NNN`. */
export function exchange(
  socket: Socket,
  target: Target,
  keepAlive: boolean,
  timeoutMs: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (outcome: Answer | string): void => {
      clearTimeout(limit);
      socket.off('data', onData).off('error', onError).off('close', onClose);
      if (typeof outcome === 'string') reject(new Error(outcome));
      else resolve(outcome);
    };
    const onData = (chunk: string): void => {
      text += chunk;
      const outcome = readAnswer(text);
      if (outcome !== undefined) settle(outcome);
    };
    const onError = (error: NodeJS.ErrnoException): void => settle(error.code ?? error.message);
    const onClose = (): void => settle('closed');
    const limit = setTimeout(() => settle('timeout'), timeoutMs);
    if (socket.destroyed) return settle('closed');
    socket.on('data', onData).on('error', onError).on('close', onClose);
    const connection = keepAlive ? 'keep-alive' : 'close';
    socket.write(`GET ${target.path} HTTP/1.1\r\nhost: ${target.host}\r\nconnection: ${connection}\r\n\r\n`);
  });
}

/** The answer once it is complete, what is wrong with it, or undefined while more must come. */
export function readAnswer(text: string): Answer | string | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (text.length < end + 4 + length) return undefined;
  const status = head.slice(9, 12);
  if (status !== '200') return `status ${status}`;
  return { host: headerOf(head, 'x-served-by'), site: headerOf(head, 'x-site') };
}

function headerOf(head: string, name: string): string {
  return new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
}
