// A client of the lab: so many new connections a second, and long-lived ones that ask again and again. Waits for the
// line `start` on standard input and ends with it, so that no load outlives who asked for it; `rate N` changes how many.
//   node load.mjs --url http://192.0.2.10/ --new 7 --long-lived 2 --interval-ms 250 --timeout-ms 2000 --hold-ms 0
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type LoadRecord, recordLine } from '../load-record.ts';
import { exchange, openConnection } from './exchange.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    new: { type: 'string', default: '7' },
    'long-lived': { type: 'string', default: '2' },
    'interval-ms': { type: 'string', default: '250' },
    'timeout-ms': { type: 'string', default: '2000' },
    'hold-ms': { type: 'string', default: '0' },
  },
});
const url = new URL(values.url ?? 'http://127.0.0.1/');
const target = { host: url.hostname, port: Number(url.port || 80), path: `${url.pathname}${url.search}` };
const timeoutMs = Number(values['timeout-ms']);
const intervalMs = Number(values['interval-ms']);
const holdMs = Number(values['hold-ms']);
const flushEveryMs = 200;
/** A VIP that answers nobody must not pile up sockets. */
const mostInFlight = 500;
const lingerMs = 1_000;

let pending = '';
setInterval(() => {
  if (pending !== '') process.stdout.write(pending);
  pending = '';
}, flushEveryMs);

/** Does one request and notes how it went; resolves with whether it went well. */
async function request(socket: Socket, connection: number): Promise<boolean> {
  const atMs = Date.now();
  const begun = performance.now();
  const note = (outcome: Pick<LoadRecord, 'host' | 'site' | 'error'>): void => {
    pending += recordLine({
      atMs,
      ms: Math.round((performance.now() - begun) * 10) / 10,
      ...outcome,
      connection,
    });
  };
  try {
    const keepAlive = connection > 0 || holdMs > 0;
    const { host, site } = await exchange(socket, target, keepAlive, timeoutMs);
    note({ host, site, error: '' });
    return true;
  } catch (error) {
    note({ host: '', site: '', error: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

let inFlight = 0;
async function newConnection(): Promise<void> {
  if (inFlight >= mostInFlight) return;
  inFlight += 1;
  const socket = openConnection(target);
  const went = await request(socket, 0);
  if (went && holdMs > 0) await pause(holdMs);
  // In order, with a FIN, by which the director sees that it is over.
  socket.end();
  setTimeout(() => socket.destroy(), lingerMs);
  inFlight -= 1;
}

let lastConnection = 0;
/** Asks every `intervalMs`; a connection that failed is replaced by the next one. */
async function longLived(): Promise<void> {
  for (;;) {
    lastConnection += 1;
    const connection = lastConnection;
    const socket = openConnection(target);
    let next = performance.now();
    while (await request(socket, connection)) {
      next = Math.max(next + intervalMs, performance.now());
      await pause(next - performance.now());
    }
    socket.destroy();
    await pause(intervalMs);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(ms, 0)));
}

let arrivals: NodeJS.Timeout | undefined;
function arrive(newPerSecond: number): void {
  clearInterval(arrivals);
  arrivals = newPerSecond > 0 ? setInterval(newConnection, 1_000 / newPerSecond) : undefined;
}

function start(): void {
  arrive(Number(values.new));
  for (let n = 0; n < Number(values['long-lived']); n += 1) setTimeout(longLived, (n * intervalMs) / 2);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const rate = /^rate ([\d.]+)$/.exec(line)?.[1];
    if (rate !== undefined) arrive(Number(rate));
    else start();
  })
  .on('close', () => process.exit(0));
