/** The services as proto/causeway/v1 describes them, loaded once. */
import { type GrpcObject, loadPackageDefinition, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import type { ProtoGrpcType as AdminType } from './gen/admin.ts';
import type { ProtoGrpcType as AgentsType } from './gen/agents.ts';
import type { ProtoGrpcType as PeersType } from './gen/peers.ts';
import { ownProtoFolder } from './proto-folder.ts';

export interface LoadedApi {
  /** For the reflection service. */
  readonly definition: PackageDefinition;
  readonly admin: AdminType['causeway']['v1']['Admin'];
  readonly agents: AgentsType['causeway']['v1']['Agents'];
  readonly peers: PeersType['causeway']['v1']['Peers'];
}

const files = ['causeway/v1/admin.proto', 'causeway/v1/agents.proto', 'causeway/v1/peers.proto'];

let loaded: LoadedApi | undefined;

/** Reads the proto files on the first call. Errors: `internal` where the installation lacks them. */
export function loadApi(): LoadedApi {
  loaded ??= load(ownProtoFolder());
  return loaded;
}

function load(folder: string): LoadedApi {
  // gRPC writes to standard error what its callers are told anyway; they say it in their own words.
  setLogVerbosity(logVerbosity.NONE);
  const definition = loadSync(files, {
    includeDirs: [folder],
    keepCase: false,
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  // proto-loader's types know no names; those in gen/ were made from the same files.
  const root = loadPackageDefinition(takingEncoded(definition)) as GrpcObject &
    AdminType &
    AgentsType &
    PeersType;
  const { Admin: admin, Agents: agents, Peers: peers } = root.causeway.v1;
  return { definition, admin, agents, peers };
}

/** The same, but that both sides may send what is encoded already. */
function takingEncoded(definition: PackageDefinition): PackageDefinition {
  return Object.fromEntries(
    Object.entries(definition).map(([name, one]) => [name, 'format' in one ? one : serviceTaking(one)]),
  );
}

function serviceTaking(service: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => {
      const { requestSerialize, responseSerialize } = method;
      return [
        name,
        {
          ...method,
          requestSerialize: passing(requestSerialize),
          responseSerialize: passing(responseSerialize),
        },
      ];
    }),
  );
}

function passing<Message>(serialize: (message: Message) => Buffer): (message: Message | Buffer) => Buffer {
  return (message) => (Buffer.isBuffer(message) ? message : serialize(message));
}
