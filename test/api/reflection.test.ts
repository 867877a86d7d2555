// What grpcurl and its like ask first.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect, it } from 'vitest';
import { serveApi } from '../../src/api/server.ts';
import { fakeHandlers } from './fake-handlers.ts';

const folder = join(dirname(createRequire(import.meta.url).resolve('@grpc/reflection')), '..', 'proto');

interface Answer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
  readonly errorResponse?: { readonly errorCode: number };
}

it.each(['v1', 'v1alpha'])('%s names the services, and describes their symbols', async (version) => {
  const path = join('grpc', 'reflection', version, 'reflection.proto');
  const loaded = loadPackageDefinition(loadSync(path, { includeDirs: [folder], oneofs: true }));
  const packages = (loaded.grpc as GrpcObject).reflection as GrpcObject;
  const Client = (packages[version] as GrpcObject).ServerReflection as ServiceClientConstructor;
  const server = await serveApi({ listen: '127.0.0.1:0', handlers: fakeHandlers().handlers });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  try {
    const stream = client.ServerReflectionInfo?.();
    const ask = (question: object): Promise<Answer> =>
      new Promise((resolve, reject) => {
        stream.once('error', reject);
        stream.once('data', resolve);
        stream.write(question);
      });
    const listed = await ask({ listServices: '' });
    const names = listed.listServicesResponse?.service.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['causeway.v1.Admin', 'causeway.v1.Agents']));
    const described = await ask({ fileContainingSymbol: 'causeway.v1.ApplyRequest' });
    expect(described.fileDescriptorResponse?.fileDescriptorProto.length).toBeGreaterThan(0);
    expect((await ask({ fileContainingSymbol: 'causeway.v1.Nothing' })).errorResponse?.errorCode).toBe(5);
    stream.end();
  } finally {
    client.close();
    await server.close(50);
  }
});
