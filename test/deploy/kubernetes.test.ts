// The manifests of deploy/kubernetes are such as Kubernetes takes (its own OpenAPI), without a field that it would ignore; and what
// they tell the agent is what the agent reads.
import { readFileSync } from 'node:fs';
import { DaemonSet } from 'kubernetes-models/apps/v1';
import { ConfigMap, Namespace, Service } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { images } from '../../deploy/images/commands.ts';
import { roles } from '../../src/domain/role.ts';
import { parseResourceFiles } from '../../src/resource/parse.ts';
import { loadConfig } from '../../src/runtime/config.ts';
import { programVersion } from '../../src/runtime/version.ts';

const models = { DaemonSet, ConfigMap, Namespace, Service } as const;
const folder = new URL('../../deploy/kubernetes/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Manifest = { kind: keyof typeof models } & Record<string, Json>;

function manifestsOf(file: string): Manifest[] {
  return parseAllDocuments(read(file)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}

/** Throws what is wrong with it. */
function check(manifest: Record<string, Json>): void {
  const Model = models[manifest.kind as keyof typeof models] as unknown as new (
    data: object,
  ) => { validate(): void };
  new Model(manifest).validate();
}

function isTaken(manifest: Record<string, Json>): boolean {
  try {
    check(manifest);
    return true;
  } catch {
    return false;
  }
}

/** No field may hold this: one that is taken with it is not in the schema, and a cluster would drop it without a word. */
const nothingAllowed = (() => {}) as unknown as Json;

function unknownFields(manifest: Record<string, Json>): string[] {
  const unknown: string[] = [];
  const visit = (at: Json, path: readonly (string | number)[]): void => {
    if (at === null || typeof at !== 'object') return;
    for (const key of Object.keys(at)) {
      const here = [...path, key];
      if (isTaken(replaced(manifest, here))) unknown.push(here.join('.'));
      else visit((at as Record<string, Json>)[key] ?? null, here);
    }
  };
  visit(manifest, []);
  return unknown;
}

function replaced(manifest: Record<string, Json>, path: readonly (string | number)[]): Record<string, Json> {
  const copy = structuredClone(manifest);
  let at = copy as Record<string, Json>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, Json>;
  at[String(path.at(-1))] = nothingAllowed;
  return copy;
}

const node = manifestsOf('realserver.yaml');
const [web] = manifestsOf('web.yaml');
const all = [...node, ...(web === undefined ? [] : [web])].map((one) => [one.kind, one] as const);

describe('the schema', () => {
  it.each(all)('takes the %s', (_, manifest) => {
    check(manifest);
    expect(unknownFields(manifest)).toEqual([]);
  });

  it.each([
    [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { externalIps: ['192.0.2.1'] } },
      ['spec.externalIps'],
    ],
    [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { ports: [{ port: 80, prt: 1 }] } },
      ['spec.ports.0.prt'],
    ],
  ])('a field that it does not know is found', (manifest, fields) => {
    expect(unknownFields(manifest)).toEqual(fields);
  });

  it('a wrong value is refused', () => {
    expect(
      isTaken({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'x' },
        spec: { ports: [{ port: 'http' }] },
      }),
    ).toBe(false);
  });
});

const daemonSet = new DaemonSet(
  node.find(({ kind }) => kind === 'DaemonSet') as ConstructorParameters<typeof DaemonSet>[0],
);
const pod = daemonSet.spec?.template.spec;
const container = pod?.containers[0];
const settings = new ConfigMap(
  node.find(({ kind }) => kind === 'ConfigMap') as ConstructorParameters<typeof ConfigMap>[0],
);

describe('the DaemonSet', () => {
  it('gives its agent a configuration that it takes: of the file, and of its node', () => {
    const fields: Readonly<Record<string, string>> = {
      'spec.nodeName': 'lon-r1',
      'status.hostIP': '10.2.0.11',
    };
    const env: Record<string, string> = {};
    for (const { name, value, valueFrom } of container?.env ?? []) {
      const text = value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''] ?? '';
      env[name] = text.replaceAll(/\$\((\w+)\)/g, (_, other: string) => env[other] ?? '');
    }
    const config = loadConfig('realserver', {
      argv: [],
      env,
      readFile: (path) => {
        const [folder = '', file = ''] = path.split(/\/(?=[^/]*$)/);
        expect(mountOf('config')).toBe(folder);
        return settings.data?.[file] ?? '';
      },
    });
    expect(config).toMatchObject({
      site: 'lon',
      name: 'lon-r1',
      address: '10.2.0.11',
      tlsCert: `${mountOf('tls')}/lon-r1.pem`,
      tlsKey: `${mountOf('tls')}/lon-r1.key`,
      tlsCa: `${mountOf('tls')}/ca.pem`,
      stateDir: `${mountOf('state')}/realserver`,
    });
    expect(mountOf('settings')).toBe(`${config.sysctlDir}/net`);
    expect(config.http).toBe(`0.0.0.0:${roles.realserver.httpPort}`);
  });

  it('takes of the node what it needs, and nothing else', () => {
    expect(pod).toMatchObject({ hostNetwork: true, automountServiceAccountToken: false });
    expect(container?.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
    });
    const hostPaths = pod?.volumes?.flatMap(({ hostPath }) => hostPath?.path ?? []);
    expect(hostPaths).toEqual(['/var/lib/causeway', '/proc/sys/net']);
  });

  it('asks its agent where it shows itself, and runs the image that is built', () => {
    for (const probe of [container?.livenessProbe, container?.readinessProbe])
      expect(probe?.httpGet).toMatchObject({ host: '127.0.0.1', port: roles.realserver.httpPort });
    expect(container?.image).toBe(`registry.example/${images.realserver}:${programVersion}-amd64`);
  });
});

function mountOf(volume: string): string | undefined {
  return container?.volumeMounts?.find(({ name }) => name === volume)?.mountPath;
}

it("Causeway's side and the cluster's speak of the same VIP, ports and question", () => {
  const parsed = parseResourceFiles([{ file: 'web-service.yaml', text: read('web-service.yaml') }]);
  const [service] = 'mistakes' in parsed ? [] : parsed.resources;
  const cluster = new Service(web as ConstructorParameters<typeof Service>[0]).spec;
  expect(service).toMatchObject({
    vips: cluster?.externalIPs,
    ports: cluster?.ports?.map(({ port, protocol }) => ({ port, protocol: protocol?.toLowerCase() })),
    health: { type: 'http', port: cluster?.healthCheckNodePort },
  });
});

describe('docs/kubernetes.md', () => {
  const page = readFileSync(new URL('../../docs/kubernetes.md', import.meta.url), 'utf8');
  const blocks = (language: string) =>
    [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);

  it('shows the shipped file', () => {
    expect(blocks('yaml')).toEqual([read('web-service.yaml')]);
  });

  it('patches with what the schema takes', () => {
    const patches = blocks('sh').flatMap((block) =>
      [...block.matchAll(/patch (\w+) [^']*'([^']+)'/g)].map(
        ([, kind, json = '']) => [kind, JSON.parse(json)] as const,
      ),
    );
    expect(patches.map(([kind]) => kind)).toEqual(['service', 'daemonset']);
    for (const [kind, patch] of patches) {
      const target = kind === 'service' ? web : node.find((one) => one.kind === 'DaemonSet');
      const patched = merged(target as Json, patch) as Record<string, Json>;
      check(patched);
      expect(unknownFields(patched)).toEqual([]);
    }
  });

  it('names files that are there', () => {
    for (const [, file = ''] of page.matchAll(/`((?:deploy|test|docs)\/[\w./-]+)`/g))
      expect(() => readFileSync(new URL(`../../${file}`, import.meta.url)), file).not.toThrow();
  });
});

/** As a strategic merge: what stands in lists is known by its name. */
function merged(into: Json, patch: Json): Json {
  if (Array.isArray(into) && Array.isArray(patch))
    return into.map((one, index) => merged(one, patch[index] ?? {}));
  if (into === null || patch === null || typeof into !== 'object' || typeof patch !== 'object') return patch;
  const result: Record<string, Json> = { ...(into as Record<string, Json>) };
  for (const [key, value] of Object.entries(patch))
    result[key] = Object.hasOwn(result, key) ? merged(result[key] ?? null, value) : value;
  return result;
}
