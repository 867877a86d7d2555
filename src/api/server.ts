/** The API's server: Admin, Agents, health and reflection on one port. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Clock } from '../domain/clock.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import { realClock } from '../runtime/system-clock.ts';
import { certifiedCaller, plainCaller } from './caller.ts';
import { type CallerLimits, callerLimits } from './caller-limits.ts';
import { channelTarget, serverOptions } from './channel.ts';
import type { Handlers } from './handlers.ts';
import { limitCalls } from './limit-calls.ts';
import { guardedCalls } from './permitted.ts';
import { type LoadedApi, loadApi } from './proto-services.ts';
import { boundedRequests, rawRequests } from './raw-requests.ts';
import { addReflection } from './reflection.ts';
import { adminService } from './serve-admin.ts';
import { agentsService } from './serve-agents.ts';
import { peersService } from './serve-peers.ts';
import { type Door, type DoorOptions, openDoor } from './tls-door.ts';
import { adminLimits, peerLimits } from './wire-bounds.ts';

export interface ApiServer {
  /** The port it got, where the address asked for 0. */
  readonly port: number;
  /** Why renewed certificates are not in use; undefined: they are. */
  trouble(): string | undefined;
  /** Lets running calls end for up to `graceMs`, then cuts what is left; agents lose nothing by it, they fail static. */
  close(graceMs?: number): Promise<void>;
}

export interface ServeApiOptions {
  /** `host:port`. */
  readonly listen: string;
  readonly handlers: Handlers;
  /** Agents' streams that may wait without a hello, at once; default 512. */
  readonly strangersAtMost?: number;
  /** Absent: plaintext, and everybody who reaches the port may do what it is for. */
  readonly tls?: Omit<DoorOptions, 'listen' | 'enter' | 'onRefused'>;
  /** What one caller may ask for. */
  readonly limits?: CallerLimits;
  readonly clock?: Clock;
}

const defaultGraceMs = 500;

/** Errors: `conflict` where the port is taken, `permission`, `invalid` for an address that is none. */
export async function serveApi({
  listen,
  handlers,
  strangersAtMost = 512,
  tls,
  limits = callerLimits,
  clock = tls?.clock ?? realClock,
}: ServeApiOptions): Promise<ApiServer> {
  const api = loadApi();
  const onRefused = handlers.onRefused?.bind(handlers);
  const recognise = tls === undefined ? plainCaller : certifiedCaller;
  const interceptors = [limitCalls({ limits, clock, recognise, onRefused })];
  const server = new Server({ ...serverOptions, interceptors });
  const guard = { recognise, onRefused };
  const admin = boundedRequests(api.admin.service, adminService(handlers), adminLimits, onRefused);
  server.addService(rawRequests(api.admin.service), guardedCalls(api.admin.service, admin, guard));
  const agents = guardedCalls(api.agents.service, agentsService(handlers, strangersAtMost), guard);
  server.addService(rawRequests(api.agents.service), agents);
  if (handlers.peers !== undefined) {
    const observed = peersService(handlers.peers, handlers);
    const peers = boundedRequests(api.peers.service, observed, peerLimits, onRefused);
    server.addService(rawRequests(api.peers.service), guardedCalls(api.peers.service, peers, guard));
  }
  const setServing = await addStandardServices(server, api, handlers);
  const door = await open(server, listen, tls, onRefused);
  setServing(true);
  return {
    port: door.port,
    trouble: door.trouble,
    async close(graceMs = defaultGraceMs) {
      setServing(false);
      door.close();
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
    addReflection(server, api.definition, ReflectionService);
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

async function open(
  server: Server,
  listen: string,
  tls: ServeApiOptions['tls'],
  onRefused: DoorOptions['onRefused'] = () => {},
): Promise<Door> {
  if (tls === undefined)
    return { port: await bind(server, listen), trouble: () => undefined, close: () => {} };
  // What comes in has done with TLS: to gRPC it is a connection like any other.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const enter: DoorOptions['enter'] = (socket) => injector.injectConnection(socket);
  try {
    return await openDoor({ ...tls, listen, enter, onRefused });
  } catch (error) {
    server.forceShutdown();
    if (error instanceof CausewayError) throw error;
    throw bindError(listen, error instanceof Error ? error : new Error(String(error)));
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
