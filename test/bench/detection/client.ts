// The client: at each tick one new connection to every VIP, with one request on it, until it is ended.
//   node client.mjs RATE TIMEOUT_MS ours=192.0.2.10 keepalived=192.0.2.20
import { createConnection } from 'node:net';
import { type Request, requestLine, type Side, sides } from './requests.ts';

const [rate, timeoutMs, ...targets] = process.argv.slice(2);
const everyMs = 1_000 / Number(rate);
const limitMs = Number(timeoutMs);
const flushEveryMs = 200;

let pending = '';
setInterval(() => {
  if (pending !== '') process.stdout.write(pending);
  pending = '';
}, flushEveryMs);

/** HTTP/1.0, so that the server closes: the answer is whole when the connection ends. */
function request(side: Side, address: string, lateMs: number): void {
  const atMs = Date.now();
  const begunMs = performance.now();
  let answer = '';
  let error = '';
  const socket = createConnection({ host: address, port: 80, noDelay: true });
  const fail = (why: string): void => {
    error ||= why;
    socket.destroy();
  };
  const limit = setTimeout(() => fail('timeout'), limitMs);
  socket.setEncoding('latin1');
  socket.on('connect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', ({ code, message }: NodeJS.ErrnoException) =>
    fail(code ?? message.replaceAll(' ', '-')),
  );
  socket.on('close', () => {
    clearTimeout(limit);
    const server = /^HTTP\/1\.\d 200 .*\r\n\r\n(\S+)\n$/s.exec(answer)?.[1] ?? '';
    if (server === '') error ||= 'no-answer';
    const record: Request = {
      side,
      atMs,
      lateMs: Math.round(lateMs),
      tookMs: Math.round(performance.now() - begunMs),
      server,
      error,
    };
    pending += requestLine(record);
  });
}

const addresses = new Map(
  targets.map((text) => {
    const [name, address = ''] = text.split('=');
    const side = sides.find((one) => one === name);
    if (side === undefined) throw new Error(`no side is called ${name}`);
    return [side, address] as const;
  }),
);

/** Against the clock, so that a late tick does not make the next ones late; what was missed is not made up for. */
let dueMs = performance.now() + everyMs;
function tick(): void {
  const lateMs = performance.now() - dueMs;
  for (const [side, address] of addresses) request(side, address, lateMs);
  dueMs = Math.max(dueMs + everyMs, performance.now());
  setTimeout(tick, Math.max(dueMs - performance.now(), 0));
}
setTimeout(tick, everyMs);
