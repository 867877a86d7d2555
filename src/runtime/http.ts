/** What a program shows over HTTP: `/metrics` for Prometheus, `/healthz` for whoever watches over it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { CausewayError, messageOf } from '../domain/error.ts';
import { endpoint } from '../domain/ipvs-table.ts';
import { splitEndpoint } from './endpoint.ts';

export interface HttpOptions {
  /** `host:port`; port 0 takes any free one. */
  readonly address: string;
  readonly registry: Registry;
  /** Undefined when all is well, else why not, as one line. */
  readonly healthy: () => string | undefined;
}

export interface HttpServer {
  /** Where it listens. */
  readonly address: string;
  close(): Promise<void>;
}

const requestTimeoutMs = 5_000;
const connectionLimit = 64;

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
    { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs },
    (request, response) => {
      answer(options, request, response).catch((error) => end(response, 500, `${messageOf(error)}\n`));
    },
  );
  server.maxConnections = connectionLimit;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(options.address, error)));
    server.listen(wanted.port, wanted.host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: endpoint(bound.address, bound.port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'GET only\n');
  switch (new URL(request.url ?? '/', 'http://host').pathname) {
    case '/healthz': {
      const trouble = options.healthy();
      return end(response, trouble === undefined ? 200 : 503, `${trouble ?? 'ok'}\n`);
    }
    case '/metrics':
      return end(response, 200, await options.registry.metrics(), options.registry.contentType);
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
