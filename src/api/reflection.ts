/** The standard reflection service, made when somebody asks: it decodes all descriptors twice, and hardly any program is ever asked. */
import type {
  handleBidiStreamingCall,
  Server,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import type { ReflectionService } from '@grpc/reflection';

const versions = ['v1', 'v1alpha'] as const;

interface Made {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** Adds both versions of it to the server, for what `definition` describes. */
export function addReflection(
  server: Server,
  definition: PackageDefinition,
  Service: typeof ReflectionService,
): void {
  let made: Made[] | undefined;
  function serviceOf(path: string): { method: ServiceDefinition[string]; implementation: Handler } {
    made ??= makeAll(new Service(definition));
    for (const one of made) {
      const [found] = Object.entries(one.definition).filter(([, method]) => method.path === path);
      if (found === undefined) continue;
      const [name, method] = found;
      return { method, implementation: one.implementation[name] as Handler };
    }
    throw new Error(`@grpc/reflection serves no ${path}`);
  }
  for (const version of versions) {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const definition: ServiceDefinition = {
      ServerReflectionInfo: {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: (message) => serviceOf(path).method.requestSerialize(message),
        requestDeserialize: (bytes) => serviceOf(path).method.requestDeserialize(bytes),
        responseSerialize: (message) => serviceOf(path).method.responseSerialize(message),
        responseDeserialize: (bytes) => serviceOf(path).method.responseDeserialize(bytes),
      },
    };
    const ServerReflectionInfo: Handler = (call) => serviceOf(path).implementation(call);
    server.addService(definition, { ServerReflectionInfo });
  }
}

type Handler = handleBidiStreamingCall<object, object>;

/** What it would add to a server. */
function makeAll(service: ReflectionService): Made[] {
  const made: Made[] = [];
  const addService = (definition: ServiceDefinition, implementation: UntypedServiceImplementation): void =>
    void made.push({ definition, implementation });
  service.addToServer({ addService } as Parameters<ReflectionService['addToServer']>[0]);
  return made;
}
