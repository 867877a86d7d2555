// Proto files inside the executable, parsed when it is built: Causeway's own, and those that packages look for beside themselves.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import protobuf from 'protobufjs';

export interface ProtoSource {
  /** How the first file ends that a caller of proto-loader's `loadSync` names. */
  readonly key: string;
  /** A folder, and the files in it. */
  readonly folder: string;
  readonly files: readonly string[];
  /** As its caller has it. */
  readonly keepCase: boolean;
}

/** All that programs and their packages ask for; `root`: the repository. */
export function protoSources(root: string): ProtoSource[] {
  const packages = join(root, 'node_modules');
  const one = (key: string, folder: string, keepCase: boolean): ProtoSource => ({
    key,
    folder: join(packages, folder),
    files: [key],
    keepCase,
  });
  const own = readdirSync(join(root, 'proto', 'causeway', 'v1')).sort();
  return [
    {
      key: 'causeway/v1/admin.proto',
      folder: join(root, 'proto'),
      files: own.map((name) => `causeway/v1/${name}`),
      keepCase: false,
    },
    {
      key: 'tfplugin6/provider.proto',
      folder: join(root, 'proto'),
      files: ['tfplugin6/provider.proto', 'tfplugin6/controller.proto'],
      keepCase: false,
    },
    one('health/v1/health.proto', 'grpc-health-check/proto', true),
    one('grpc/reflection/v1/reflection.proto', '@grpc/reflection/build/proto', false),
    one('grpc/reflection/v1alpha/reflection.proto', '@grpc/reflection/build/proto', false),
    one('proto/rpc.proto', 'etcd3', true),
  ];
}

/** For proto-loader's `fromJSON`. Not a set of descriptors: on its way through one, protobuf.js loses map entries. */
export function protoJson({ folder, files, keepCase }: ProtoSource): protobuf.INamespace {
  const root = new protobuf.Root();
  const beside = root.resolvePath.bind(root);
  root.resolvePath = (origin, target) =>
    existsSync(join(folder, target)) ? join(folder, target) : (beside(origin, target) ?? target);
  root.loadSync([...files], { keepCase }).resolveAll();
  return root.toJSON();
}

/** In the place of `@grpc/proto-loader` for all who import it. */
export function embeddedProtos(root: string): Plugin {
  return {
    name: 'embedded-protos',
    setup(build) {
      build.onResolve({ filter: /^@grpc\/proto-loader$/ }, ({ path, namespace }) =>
        namespace === 'embedded-protos' ? undefined : { path, namespace: 'embedded-protos' },
      );
      build.onLoad({ filter: /.*/, namespace: 'embedded-protos' }, ({ path }) => ({
        contents: standIn(path, protoSources(root)),
        loader: 'js',
        resolveDir: root,
      }));
    },
  };
}

/** Each as a text of its own: one that is not asked for is not parsed. */
function standIn(real: string, sources: readonly ProtoSource[]): string {
  const texts = sources.map((source): [string, string] => [source.key, JSON.stringify(protoJson(source))]);
  return `
const { Root } = require('protobufjs');
const { leanDefinition } = require('./deploy/executable/lean-definition.ts');
const texts = ${JSON.stringify(Object.fromEntries(texts))};
exports.loadSync = (files, options = {}) => {
  const wanted = [files].flat();
  const key = Object.keys(texts).find((one) => wanted[0].endsWith(one));
  if (key === undefined) throw new Error('the executable has no ' + wanted.join(', ') + ' in it');
  const json = JSON.parse(texts[key]);
  const root = Root.fromJSON(json);
  root.resolveAll();
  return leanDefinition(root, options, () => require(${JSON.stringify(real)}).fromJSON(json, options));
};
`;
}
