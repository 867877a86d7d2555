// A client of the lab: so many new connections a second, and long-lived ones that ask again and again; the same by UDP. Waits
// for the line `start TIMEOUT` (ms, of each request) on standard input and ends with it, so that no load outlives who asked for
// it; `rate N` changes how many connections are new each second.
//   node load.mjs --url http://192.0.2.10/ --new 7 --long-lived 2 --interval-ms 250 --hold-ms 0
//     [--udp-port 5300 --udp-new 1 --udp-long-lived 1]
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type LoadRecord, recordLine } from '../load-record.ts';
import { openFlow } from './datagram.ts';
import { type Answer, exchange, openConnection } from './exchange.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    new: { type: 'string', default: '7' },
    'long-lived': { type: 'string', default: '2' },
    'interval-ms': { type: 'string', default: '250' },
    'hold-ms': { type: 'string', default: '0' },
    'udp-port': { type: 'string', default: '0' },
    'udp-new': { type: 'string', default: '0' },
    'udp-long-lived': { type: 'string', default: '0' },
  },
});
const url = new URL(values.url ?? 'http://127.0.0.1/');
const target = { host: url.hostname, port: Number(url.port || 80), path: `${url.pathname}${url.search}` };
const udpPort = Number(values['udp-port']);
const intervalMs = Number(values['interval-ms']);
const holdMs = Number(values['hold-ms']);
let timeoutMs = 2_000;
const flushAfterMs = 200;
/** A VIP that answers nobody must not pile up sockets. */
const mostInFlight = 500;
const lingerMs = 1_000;

let pending = '';
function write(line: string): void {
  if (pending === '') {
    setTimeout(() => {
      process.stdout.write(pending);
      pending = '';
    }, flushAfterMs);
  }
  pending += line;
}

/** Does one request and notes how it went; resolves with the answer, or undefined where there was none. */
async function note(
  { protocol, connection }: Pick<LoadRecord, 'protocol' | 'connection'>,
  request: () => Promise<Answer>,
): Promise<Answer | undefined> {
  const atMs = Date.now();
  const begun = performance.now();
  const done = (outcome: Pick<LoadRecord, 'host' | 'site' | 'error'>): void => {
    const ms = Math.round((performance.now() - begun) * 10) / 10;
    write(recordLine({ atMs, ms, ...outcome, protocol, connection }));
  };
  try {
    const answer = await request();
    done({ ...answer, error: '' });
    return answer;
  } catch (error) {
    done({ host: '', site: '', error: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

function overTcp(socket: Socket, connection: number): Promise<Answer | undefined> {
  const keepAlive = connection > 0 || holdMs > 0;
  return note({ protocol: 'tcp', connection }, () => exchange(socket, target, keepAlive, timeoutMs));
}

let inFlight = 0;
async function newConnection(): Promise<void> {
  if (inFlight >= mostInFlight) return;
  inFlight += 1;
  const socket = openConnection(target);
  const answer = await overTcp(socket, 0);
  if (answer !== undefined && holdMs > 0) await pause(holdMs);
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
    await everyInterval(async () => (await overTcp(socket, connection)) !== undefined);
    socket.destroy();
    await pause(intervalMs);
  }
}

async function newFlow(): Promise<void> {
  if (inFlight >= mostInFlight) return;
  inFlight += 1;
  const flow = openFlow(target.host, udpPort);
  await note({ protocol: 'udp', connection: 0 }, () => flow.ask(timeoutMs));
  flow.close();
  inFlight -= 1;
}

/** One socket throughout; a flow that another real server answers than before counts as a connection made anew. */
async function longLivedFlow(): Promise<void> {
  const flow = openFlow(target.host, udpPort);
  let connection = 0;
  let servedBy: string | undefined;
  for (;;) {
    lastConnection += 1;
    connection = lastConnection;
    await everyInterval(async () => {
      const answer = await note({ protocol: 'udp', connection }, () => flow.ask(timeoutMs));
      if (answer === undefined) return true;
      const moved = servedBy !== undefined && servedBy !== answer.host;
      servedBy = answer.host;
      return !moved;
    });
  }
}

/** For as long as it resolves with true. */
async function everyInterval(work: () => Promise<boolean>): Promise<void> {
  let next = performance.now();
  while (await work()) {
    next = Math.max(next + intervalMs, performance.now());
    await pause(next - performance.now());
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
  const udpNew = Number(values['udp-new']);
  if (udpNew > 0) setInterval(newFlow, 1_000 / udpNew);
  for (let n = 0; n < Number(values['long-lived']); n += 1) setTimeout(longLived, (n * intervalMs) / 2);
  for (let n = 0; n < Number(values['udp-long-lived']); n += 1)
    setTimeout(longLivedFlow, ((n + 0.5) * intervalMs) / 2);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [, word, value] = /^(rate|start) ([\d.]+)$/.exec(line) ?? [];
    if (word === 'rate') arrive(Number(value));
    if (word !== 'start') return;
    timeoutMs = Number(value);
    start();
  })
  .on('close', () => process.exit(0));
