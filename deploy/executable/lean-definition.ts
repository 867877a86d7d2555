// What gRPC needs of proto files at a start, and no more. proto-loader also makes each message's descriptor, twice, and loads the
// descriptors of descriptors for it: a tenth of a start, and only reflection ever looks at them.
import type {
  EnumTypeDefinition,
  MessageTypeDefinition,
  Options,
  PackageDefinition,
  ServiceDefinition,
} from '@grpc/proto-loader';
import protobuf from 'protobufjs';

type Message = MessageTypeDefinition<object, object>;
type Described = Message | EnumTypeDefinition;
type Handled = protobuf.Service | protobuf.Type | protobuf.Enum;

/**
 * As proto-loader makes it of the same tree, in all that calls are made of. Descriptors are those of `whole`, proto-loader's own, made when
 * somebody first asks for one. `root` must be resolved.
 */
export function leanDefinition(
  root: protobuf.Root,
  options: Options,
  whole: () => PackageDefinition,
): PackageDefinition {
  let made: PackageDefinition | undefined;
  const describedAs = (name: string): unknown => {
    made ??= whole();
    return made[name];
  };
  return Object.fromEntries(
    handled(root).map((one): [string, PackageDefinition[string]] => {
      const name = nameOf(one);
      if (one instanceof protobuf.Type)
        return [name, message(one, options, () => describedAs(name) as Message)];
      if (one instanceof protobuf.Enum)
        return [name, described(enumFormat, () => describedAs(name) as EnumTypeDefinition, {})];
      return [name, service(one, options, () => describedAs(name) as ServiceDefinition)];
    }),
  );
}

const messageFormat = 'Protocol Buffer 3 DescriptorProto';
const enumFormat = 'Protocol Buffer 3 EnumDescriptorProto';

/** In the order of the files. What a message holds goes with the message. */
function handled(space: protobuf.NamespaceBase): Handled[] {
  return space.nestedArray.flatMap((one) => {
    if (one instanceof protobuf.Service || one instanceof protobuf.Type || one instanceof protobuf.Enum)
      return [one];
    return one instanceof protobuf.Namespace ? handled(one) : [];
  });
}

function nameOf(one: protobuf.ReflectionObject): string {
  return one.fullName.slice(1);
}

function service(
  one: protobuf.Service,
  options: Options,
  describe: () => ServiceDefinition,
): ServiceDefinition {
  return Object.fromEntries(
    one.methodsArray.map((method) => {
      const { name } = method;
      const described = () => describe()[name] as ServiceDefinition[string];
      return [name, methodOf(method, `/${nameOf(one)}/${name}`, options, described)];
    }),
  );
}

function methodOf(
  method: protobuf.Method,
  path: string,
  options: Options,
  describe: () => ServiceDefinition[string],
): ServiceDefinition[string] {
  const { resolvedRequestType, resolvedResponseType } = method;
  if (resolvedRequestType === null || resolvedResponseType === null)
    throw new Error(`${path} is not resolved`);
  const request = message(resolvedRequestType, options, () => describe().requestType as Message);
  const response = message(resolvedResponseType, options, () => describe().responseType as Message);
  return {
    path,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    requestSerialize: request.serialize,
    requestDeserialize: request.deserialize,
    responseSerialize: response.serialize,
    responseDeserialize: response.deserialize,
    originalName: camelCase(method.name),
    requestType: request,
    responseType: response,
    options: methodOptions(method),
  };
}

/** Not left to `whole`: a client's constructor reads all of a method. */
function methodOptions({ parsedOptions = [] }: protobuf.Method): ServiceDefinition[string]['options'] {
  const given: Record<string, unknown>[] = parsedOptions;
  const none = { deprecated: false, idempotency_level: 'IDEMPOTENCY_UNKNOWN', uninterpreted_option: [] };
  // No type names the value of the enum that only proto-loader, loaded, can give.
  return Object.assign(none, ...given) as unknown as ServiceDefinition[string]['options'];
}

/** `HashKV` → `hashKv`. */
function camelCase(name: string): string {
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g) ?? [];
  const capital = words
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1).toLowerCase()}`)
    .join('');
  return `${capital.slice(0, 1).toLowerCase()}${capital.slice(1)}`;
}

function message(type: protobuf.Type, options: Options, describe: () => Message): Message {
  return described(messageFormat, describe, {
    serialize: (value: object) => {
      if (Array.isArray(value)) throw new Error(`a ${type.name} is an object, and here is an array`);
      return type.encode(type.fromObject(value)).finish() as Buffer;
    },
    deserialize: (bytes: Buffer) => type.toObject(type.decode(bytes), options),
  });
}

/** `format` is how gRPC tells it from a service. */
function described<Format extends string, Own extends object>(
  format: Format,
  describe: () => Described,
  own: Own,
) {
  return {
    format,
    get type() {
      return describe().type;
    },
    get fileDescriptorProtos() {
      return describe().fileDescriptorProtos;
    },
    ...own,
  };
}
