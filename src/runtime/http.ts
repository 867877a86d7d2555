/** What a program shows over HTTP: `/metrics` for Prometheus, `/healthz` for whoever watches over it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { peerHost } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import { endpoint } from '../domain/ipvs-table.ts';
import { isLoopback } from '../domain/loopback.ts';
import { isIn, type Network } from '../domain/network.ts';
import { createRepeats, type Repeats } from '../domain/repeats.ts';
import { createWaitingRoom } from '../domain/waiting-room.ts';
import { splitEndpoint } from './endpoint.ts';
import type { Exposition } from './exposition.ts';
import type { Logger } from './log.ts';

export interface HttpOptions {
  /** `host:port`; port 0 takes any free one. */
  readonly address: string;
  readonly exposition: Exposition;
  /** Undefined when all is well, else why not, as one line. */
  readonly healthy: () => string | undefined;
  /** Who may ask, beside this host itself; none: everybody. */
  readonly allow?: readonly Network[];
  /** Host that a connection comes from. */
  readonly peerOf?: (socket: Socket) => string;
  readonly log: Pick<Logger, 'warn'>;
  readonly clock: Clock;
}

export interface HttpServer {
  /** Where it listens. */
  readonly address: string;
  close(): Promise<void>;
}

/** For the head of a request, and for the whole of it; there is no body. */
const requestTimeoutMs = 2_000;
/** Node looks for requests that are late so often; its own 30 s would make the limits above thirty. */
const checkIntervalMs = 1_000;
/** A reader that takes nothing of an answer for so long is cut off. */
const idleTimeoutMs = 10_000;
const connectionLimit = 64;
const headerLimitBytes = 8_192;

/** Listens until closed. Fails with `conflict` where the port is taken, `permission` or `invalid` where it can't be had. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const wanted = splitEndpoint(options.address, 0);
  if (wanted === undefined) {
    throw new CausewayError({
      code: 'invalid',
      operation: 'listen for http on',
      subject: options.address,
      message: 'this is no host:port',
    });
  }
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
      maxHeaderSize: headerLimitBytes,
    },
    (request, response) => {
      answer(options, request, response).catch((error) => end(response, 500, `${messageOf(error)}\n`));
    },
  );
  server.setTimeout(idleTimeoutMs);
  const strangers = refuseStrangers(server, options);
  makeRoom(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(options.address, error)));
    server.listen(wanted.port, wanted.host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: endpoint(bound.address, bound.port),
    close: () =>
      new Promise((resolve) => {
        strangers.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function remoteHost({ remoteAddress = '' }: Socket): string {
  return peerHost(remoteAddress);
}

/** Before anything of what they say is read. What is listened to first comes first: they take no room. */
function refuseStrangers(
  server: Server,
  { allow = [], peerOf = remoteHost, log, clock }: HttpOptions,
): Repeats<string> {
  const refusals = createRepeats<string>({
    clock,
    keyOf: (peer) => peer,
    tell: (peer, times) =>
      log.warn({ peer, times }, 'http refused: its address is in no network of httpAllow'),
    tellOthers: (times) => log.warn({ times }, 'http refused: others, in no network of httpAllow'),
  });
  server.on('connection', (socket) => {
    const peer = peerOf(socket);
    if (allow.length === 0 || isLoopback(peer) || allow.some((network) => isIn(network, peer))) return;
    socket.destroy();
    refusals.take(peer);
  });
  return refusals;
}

/**
 * Whoever comes is let in, and the one makes room who has been here longest: whoever asks for something asks right after he has
 * come. A limit that turned newcomers away would let silent ones shut out the monitoring.
 */
function makeRoom(server: Server): void {
  const room = createWaitingRoom<Socket>(connectionLimit, (socket) => socket.destroy());
  server.on('connection', (socket) => {
    room.enter(socket);
    socket.once('close', () => room.leave(socket));
  });
}

async function answer(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'GET only\n');
  // Only what stands before the question: a URL parser would throw at half of what strangers send.
  switch ((request.url ?? '/').split('?', 1)[0]) {
    case '/healthz': {
      const trouble = options.healthy();
      return end(response, trouble === undefined ? 200 : 503, `${trouble ?? 'ok'}\n`);
    }
    case '/metrics':
      return end(response, 200, await options.exposition.metrics(), options.exposition.contentType);
    default:
      return end(response, 404, 'Here are /metrics and /healthz.\n');
  }
}

function end(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}

function listenError(address: string, error: NodeJS.ErrnoException): CausewayError {
  const taken = error.code === 'EADDRINUSE';
  return new CausewayError({
    code: taken ? 'conflict' : error.code === 'EACCES' ? 'permission' : 'invalid',
    operation: 'listen for http on',
    subject: address,
    message: taken ? 'another program has this port; choose one with --http, or --http off' : error.message,
    cause: error,
  });
}
