/** The API's server: Admin, Agents, health and reflection on one port. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { CausewayError, messageOf } from '../domain/error.ts';
import { channelTarget, serverOptions } from './channel.ts';
import type { Handlers } from './handlers.ts';
import { guardedCalls } from './permitted.ts';
import { type LoadedApi, loadApi } from './proto-services.ts';
import { boundedRequests, rawRequests } from './raw-requests.ts';
import { adminService } from './serve-admin.ts';
import { agentsService } from './serve-agents.ts';
import { peersService } from './serve-peers.ts';
import { adminLimits, peerLimits } from './wire-bounds.ts';

export interface ApiServer {
  /** The port it got, where the address asked for 0. */
  readonly port: number;
  /** Lets running calls end for up to `graceMs`, then cuts what is left; agents lose nothing by it, they fail static. */
  close(graceMs?: number): Promise<void>;
}

export interface ServeApiOptions {
  /** `host:port`. */
  readonly listen: string;
  readonly handlers: Handlers;
  /** Agents' streams that may wait without a hello, at once; default 512. */
  readonly strangersAtMost?: number;
}

const defaultGraceMs = 500;

/** Errors: `conflict` where the port is taken, `permission`, `invalid` for an address that is none. */
export async function serveApi({
  listen,
  handlers,
  strangersAtMost = 512,
}: ServeApiOptions): Promise<ApiServer> {
  const api = loadApi();
  const server = new Server(serverOptions);
  const admin = boundedRequests(api.admin.service, adminService(handlers), adminLimits);
  server.addService(rawRequests(api.admin.service), guardedCalls(api.admin.service, admin));
  const agents = guardedCalls(api.agents.service, agentsService(handlers, strangersAtMost));
  server.addService(rawRequests(api.agents.service), agents);
  if (handlers.peers !== undefined) {
    const peers = boundedRequests(api.peers.service, peersService(handlers.peers, handlers), peerLimits);
    server.addService(rawRequests(api.peers.service), guardedCalls(api.peers.service, peers));
  }
  const setServing = await addStandardServices(server, api, handlers);
  const port = await bind(server, listen);
  setServing(true);
  return {
    port,
    async close(graceMs = defaultGraceMs) {
      setServing(false);
      const graceful = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      const timer = setTimeout(() => server.forceShutdown(), graceMs);
      await graceful;
      clearTimeout(timer);
    },
  };
}

/** Both packages read .proto files of their own when they load; where those are missing, the API works without them. */
async function addStandardServices(
  server: Server,
  api: LoadedApi,
  handlers: Handlers,
): Promise<(serving: boolean) => void> {
  try {
    const { HealthImplementation } = await import('grpc-health-check');
    const { ReflectionService } = await import('@grpc/reflection');
    const health = new HealthImplementation({ '': 'NOT_SERVING' });
    health.addToServer(server);
    new ReflectionService(api.definition).addToServer(server);
    return (serving) => {
      for (const name of ['', 'causeway.v1.Admin', 'causeway.v1.Agents', 'causeway.v1.Peers']) {
        health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
      }
    };
  } catch (error) {
    handlers.onInternalError?.('serve health and reflection', error);
    return () => {};
  }
}

function bind(server: Server, listen: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(channelTarget(listen), ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(bindError(listen, error));
    });
  });
}

function bindError(listen: string, error: Error): CausewayError {
  const text = messageOf(error);
  const taken = text.includes('EADDRINUSE');
  return new CausewayError({
    code: taken ? 'conflict' : text.includes('EACCES') ? 'permission' : 'invalid',
    operation: 'listen on',
    subject: listen,
    message: taken ? 'another program has this port; choose one with --listen' : text,
    cause: error,
  });
}
