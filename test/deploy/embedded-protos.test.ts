// An executable has no proto files beside it: what is in it must say the same.
import { join } from 'node:path';
import { fromJSON, loadSync } from '@grpc/proto-loader';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { protoJson, protoSources } from '../../deploy/executable/embedded-protos.ts';
import { leanDefinition } from '../../deploy/executable/lean-definition.ts';

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

  it('means the same where descriptors wait until somebody asks', () => {
    const options = { keepCase: source.keepCase, longs: String, enums: String, defaults: true, oneofs: true };
    const json = protoJson(source);
    let asked = 0;
    const describe = () => {
      asked += 1;
      return fromJSON(json, options);
    };
    const root = protobuf.Root.fromJSON(json);
    root.resolveAll();
    const lean = leanDefinition(root, options, describe);
    expect(asked).toBe(0);
    expect(JSON.parse(JSON.stringify(lean))).toEqual(JSON.parse(JSON.stringify(fromJSON(json, options))));
    expect(asked).toBe(1);
  });

  it('carries what proto-loader would, as it would', () => {
    const options = { keepCase: source.keepCase, longs: String, enums: String, defaults: true, oneofs: true };
    const json = protoJson(source);
    const root = protobuf.Root.fromJSON(json);
    root.resolveAll();
    const lean = leanDefinition(root, options, () => ({}));
    for (const [name, one] of Object.entries(fromJSON(json, options))) {
      if (!('deserialize' in one)) continue;
      const own = lean[name] as typeof one;
      const empty = (one.deserialize as (bytes: Buffer) => object)(Buffer.alloc(0));
      expect((own.deserialize as (bytes: Buffer) => object)(Buffer.alloc(0)), name).toEqual(empty);
      expect((own.serialize as (message: object) => Buffer)(empty), name).toEqual(
        (one.serialize as (message: object) => Buffer)(empty),
      );
    }
  });
});
