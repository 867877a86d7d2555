// An executable has no proto files beside it: what is in it must say the same.
import { join } from 'node:path';
import { fromJSON, loadSync } from '@grpc/proto-loader';
import { describe, expect, it } from 'vitest';
import { protoJson, protoSources } from '../../deploy/executable/embedded-protos.ts';

const root = join(import.meta.dirname, '..', '..');

describe.each(protoSources(root))('$key', (source) => {
  it('means inside what it means as a file', () => {
    const { folder, files, keepCase } = source;
    const options = { keepCase, longs: String, enums: String, defaults: true, oneofs: true };
    const paths = files.map((file) => join(folder, file));
    // Where to look for what a file imports is asked for only where it is not beside that file.
    const fromFiles = loadSync(
      paths,
      folder.endsWith('etcd3') ? options : { ...options, includeDirs: [folder] },
    );
    const fromInside = fromJSON(JSON.parse(JSON.stringify(protoJson(source))), options);
    // Functions have no text: what they were made from, the descriptors, has.
    expect(JSON.stringify(fromInside)).toBe(JSON.stringify(fromFiles));
  });
});
