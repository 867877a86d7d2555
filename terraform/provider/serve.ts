/** The provider as a plugin: gRPC on a socket of its own, for the one who has started it and nobody else. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type GrpcObject,
  loadPackageDefinition,
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceClientConstructor,
  type sendUnaryData,
  setLogVerbosity,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { HealthImplementation } from 'grpc-health-check';
import { ownProtoFolder } from '../../src/api/proto-folder.ts';
import { messageOf } from '../../src/domain/error.ts';
import type { KeyPair } from '../../src/pki/sign.ts';
import { providerCalls } from './calls.ts';
import type { Request } from './messages.ts';
import type { Provider } from './provider.ts';

/** A plan of many resources, with all that is known of them. */
const messageLimitBytes = 256 << 20;

export interface ServeOptions {
  readonly provider: Provider;
  /** PEM: who may call. */
  readonly clientCertificate: string;
  /** Whoever calls knows it by the line that told it. */
  readonly own: KeyPair;
  readonly socketFolder: string | undefined;
  readonly onFailure: (method: string, error: unknown) => void;
  /** Whoever has started it has done with it. */
  readonly onShutdown: () => void;
}

export interface Serving {
  /** Path of the socket. */
  readonly socket: string;
  close(): void;
}

export async function serve(options: ServeOptions): Promise<Serving> {
  const { provider, clientCertificate, own, onFailure, onShutdown } = options;
  // What gRPC has to say goes where Terraform would not understand it.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    'grpc.max_receive_message_length': messageLimitBytes,
    'grpc.max_send_message_length': messageLimitBytes,
  });
  const handlers = Object.entries(providerCalls(provider)).map(([method, run]) => [
    method,
    (call: ServerUnaryCall<Request, object>, done: sendUnaryData<object>) => {
      // A promise of its own: what is thrown at once is a failure like any other.
      void (async () => run(call.request))().then(
        (response) => done(null, response),
        (error: unknown) => {
          onFailure(method, error);
          done({ code: status.INTERNAL, details: `${method}: ${messageOf(error)}` });
        },
      );
    },
  ]);
  const [providerService, controllerService] = services();
  server.addService(providerService, Object.fromEntries(handlers));
  server.addService(controllerService, {
    Shutdown(_: unknown, done: sendUnaryData<object>) {
      done(null, {});
      onShutdown();
    },
  });
  // By this name whoever has started it asks whether it lives.
  new HealthImplementation({ plugin: 'SERVING' }).addToServer(server);

  // For the one user alone who runs both.
  const folder = mkdtempSync(join(options.socketFolder ?? tmpdir(), 'causeway-plugin-'));
  chmodSync(folder, 0o700);
  const socket = join(folder, 'plugin.sock');
  const keys = { cert_chain: Buffer.from(own.cert), private_key: Buffer.from(own.key) };
  const credentials = ServerCredentials.createSsl(Buffer.from(clientCertificate), [keys], true);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, credentials, (error) => (error === null ? resolve() : reject(error)));
  });
  return {
    socket,
    close() {
      server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Service = ServiceClientConstructor['service'];

function services(): readonly [Service, Service] {
  const definition = loadSync(['tfplugin6/provider.proto', 'tfplugin6/controller.proto'], {
    includeDirs: [ownProtoFolder()],
    keepCase: false,
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const { tfplugin6, plugin } = loadPackageDefinition(definition) as unknown as {
    readonly tfplugin6: GrpcObject & { readonly Provider: ServiceClientConstructor };
    readonly plugin: GrpcObject & { readonly GRPCController: ServiceClientConstructor };
  };
  return [tfplugin6.Provider.service, plugin.GRPCController.service];
}
