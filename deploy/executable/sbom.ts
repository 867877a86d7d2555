// The bill of materials of an executable: every package that has bytes in it, and Node with all that it is made of.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockedPackage } from '../lockfile.ts';

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly integrity: string;
  /** Where it is installed: `node_modules/pino`. */
  readonly folder: string;
}

/** The packages that files belong to; `inputs`: paths relative to the repository, with or without esbuild's name of a namespace. */
export function packageFolders(inputs: readonly string[]): string[] {
  const folders = inputs.flatMap((path) => {
    const [, folder] = /(?:^|:)((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].sort();
}

/** Throws where a package is not in the lockfile. */
export function componentsOf(
  inputs: readonly string[],
  root: string,
  locked: (folder: string) => LockedPackage,
): Component[] {
  return packageFolders(inputs).map((folder) => {
    const { name, license }: { name?: unknown; license?: unknown } = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8'),
    );
    const { version, integrity } = locked(folder);
    return { name: String(name), version, license: String(license ?? 'NOASSERTION'), integrity, folder };
  });
}

export interface BillOptions {
  readonly version: string;
  readonly architecture: string;
  /** Of the executable, in hexadecimal. */
  readonly sha256: string;
  readonly seconds: number;
  readonly components: readonly Component[];
  readonly node: { readonly version: string; readonly integrity: string };
  /** `process.versions` of that Node: its parts, without itself. */
  readonly nodeParts: Readonly<Record<string, string>>;
}

/** CycloneDX 1.6, as JSON text; the same from the same executable. */
export function billOfMaterials(options: BillOptions): string {
  const { version, architecture, sha256, seconds, components, node, nodeParts } = options;
  const own = `pkg:generic/causeway@${version}?arch=${architecture}`;
  const nodeRef = `pkg:npm/node-linux-${architecture}@${node.version}`;
  const packages = components.map((one) => ({
    type: 'library',
    'bom-ref': packageUrl(one),
    name: one.name,
    version: one.version,
    hashes: [hashOf(one.integrity)],
    licenses: [licenseOf(one.license)],
    purl: packageUrl(one),
  }));
  const parts = Object.entries(nodeParts).map(([name, partVersion]) => ({
    type: 'library',
    'bom-ref': `${nodeRef}#${name}`,
    name,
    version: partVersion,
  }));
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(sha256)}`,
    version: 1,
    metadata: {
      timestamp: new Date(1_000 * seconds).toISOString(),
      component: {
        type: 'application',
        'bom-ref': own,
        name: 'causeway',
        version,
        hashes: [{ alg: 'SHA-256', content: sha256 }],
        licenses: [licenseOf('Apache-2.0')],
        purl: own,
      },
    },
    components: [
      {
        type: 'platform',
        'bom-ref': nodeRef,
        name: 'node',
        version: node.version,
        description: "Node's binary, whole; the script of Causeway is in it",
        hashes: [hashOf(node.integrity)],
        licenses: [licenseOf('MIT')],
        purl: nodeRef,
        components: parts,
      },
      ...packages,
    ],
    dependencies: [
      { ref: own, dependsOn: [nodeRef, ...packages.map(({ purl }) => purl)] },
      { ref: nodeRef, dependsOn: parts.map((part) => part['bom-ref']) },
    ],
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

function packageUrl({ name, version }: Component): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function hashOf(integrity: string): { alg: string; content: string } {
  const [, base64 = ''] = integrity.split('sha512-');
  return { alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') };
}

/** An expression (`(MIT OR Apache-2.0)`) is none of SPDX's names. */
function licenseOf(text: string): object {
  return /^[\w.-]+$/.test(text) ? { license: { id: text } } : { expression: text };
}

/** Of a hash, in the form of a random one (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
