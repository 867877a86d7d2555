/** What people write: resources and configurations in YAML, short texts in flags and fields. */
import { parseShare as parseLoad } from '../../../agents/realserver/load-file.ts';
import { parseIdentity } from '../../../src/domain/identity.ts';
import { parseNetwork } from '../../../src/domain/network.ts';
import type { Resource } from '../../../src/domain/resource.ts';
import { parseDurationMs } from '../../../src/resource/duration.ts';
import { formatResources } from '../../../src/resource/format.ts';
import { parseResources } from '../../../src/resource/parse.ts';
import { parsePort } from '../../../src/resource/port-text.ts';
import { parseShare } from '../../../src/resource/share-text.ts';
import { loadConfig } from '../../../src/runtime/config.ts';
import { programRoles } from '../../../src/runtime/config-keys.ts';
import { splitEndpoint } from '../../../src/runtime/endpoint.ts';
import { ProgramExit } from '../../../src/runtime/program-exit.ts';
import { resource } from '../../api/arbitrary.ts';
import type { Decoder } from '../fuzz.ts';
import { file, isRefused, never, sample, text, utf8 } from './inputs.ts';

const yamlTokens = [
  '---\n',
  '- ',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '&a ',
  '*a',
  '<<: *a',
  '!!binary ',
  '!!set ',
  '!x ',
  '|\n',
  '>-\n',
  '"',
  "'",
  '#',
  '?',
  '~',
  'null',
  '.inf',
  '.nan',
  '0x7fffffff',
  '1e999',
  '-0',
  'yes',
  '\t',
  '\r',
  '\u0000',
  '\ufeff',
  '%YAML 1.1\n',
  '__proto__',
  'constructor',
  'apiVersion: causeway/v1\n',
  'kind: Override\n',
  'spec:\n',
  'metadata: { name: web }\n',
];

const head = (kind: string, name = 'web'): string =>
  `apiVersion: causeway/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;
/** As people write them. */
const shortFiles = [
  `${head('Site', 'fra')}  tunnel: { type: gre }\n`,
  `${head('Service')}  vips: [192.0.2.10]\n  ports: [80/tcp, 443/udp]\n  selector: { app: web }\n`,
  `${head('Service')}  vips: ['2001:db8::10']\n  ports: [80:8080/tcp]\n  selector: { app: web }\n  forwarding: masquerade\n  health: { type: http, path: /, expect: [200-299], ports: { 80/tcp: { type: tcp } } }\n`,
  `${head('Override')}  kind: pin\n  site: fra\n  services: [web]\n  share: 12.5%\n  owner: me\n  reason: test\n  for: 30m\n`,
  `${head('RealServer', 'r1')}  weight: 50\n  drain: true\n`,
  `${head('Settings', 'default')}  removal: { services: 10% }\n  operators: [{ name: bob, sites: ['*'] }]\n`,
];

function resourceFile(input: Uint8Array): unknown {
  const parsed = parseResources(text(input), 'web.yaml', 1_800_000_000_000);
  if ('mistakes' in parsed) return parsed.mistakes;
  // What was read can be written, and is the same again.
  const again = parseResources(formatResources(parsed.resources), 'again.yaml', 1_800_000_000_000);
  if ('mistakes' in again)
    throw new Error(`what it wrote it does not read: ${JSON.stringify(again.mistakes[0])}`);
  return parsed.resources;
}

function configuration(input: Uint8Array): unknown {
  const role = programRoles[(input[0] ?? 0) % programRoles.length] ?? 'director';
  const readFile = (): string => text(input);
  return loadConfig(role, { argv: [], env: {}, readFile, hostname: 'host' });
}

const dated = (resource: Resource): Resource =>
  resource.kind === 'Override' ? { ...resource, expiresAtMs: 1_800_000_600_000 } : resource;

const configurations = [
  'site: fra\nname: c1\nlisten: 10.1.0.2:7400\ninsecure: true\netcd: [https://10.1.0.9:2379]\nhttpAllow: [10.0.0.0/8]\naudit: /var/log/a\n',
  'site: fra\nname: d1\naddress: 10.1.0.2\ncoordinators: [10.1.0.9, "[2001:db8::9]:1"]\nhttp: off\ntls: { cert: /a, key: /b, ca: /c }\n',
  'site: fra\nname: r1\naddress: 10.1.0.11\ncoordinators: [10.1.0.9]\nlabels: { app: web }\ncapacity: 10\ninsecure: true\n',
];

/** Short texts that stand in flags and fields. */
function word(input: Uint8Array): unknown {
  const given = text(input);
  const plain = [
    parseShare(given),
    parseLoad(given),
    parseDurationMs(given),
    parsePort(given),
    splitEndpoint(given, 1),
    parseNetwork(given),
  ];
  return [...plain, parseIdentity(given)];
}

export const textDecoders: readonly Decoder[] = [
  {
    name: 'resource-file',
    about: 'resources in YAML, and back',
    format: 'text',
    seeds: () => [
      file('deploy/examples/first-service/web.yaml'),
      ...shortFiles.map(utf8),
      ...sample(resource, 8).map((one) => utf8(formatResources([dated(one)]))),
    ],
    tokens: yamlTokens,
    longest: 4_096,
    decode: resourceFile,
    isRefusal: never,
    // A mistake says what was expected.
    itemsPerByte: 400,
  },
  {
    name: 'config-file',
    about: "a program's configuration in YAML",
    format: 'text',
    seeds: () => configurations.map(utf8),
    tokens: yamlTokens,
    longest: 4_096,
    decode: configuration,
    isRefusal: (error) => error instanceof ProgramExit,
    itemsPerByte: 200,
  },
  {
    name: 'word',
    about: 'shares, durations, ports, endpoints, networks and identities as texts',
    format: 'text',
    seeds: () =>
      [
        '12.5%',
        '30m',
        '80:8080/tcp',
        '[2001:db8::1]:7400',
        '10.1.0.0/16',
        'spiffe://a.example/director/fra/fra-d1',
        '.5e-3',
        'fra.example:1',
      ].map(utf8),
    tokens: [
      '%',
      '.',
      ':',
      '/',
      '[',
      ']',
      '::',
      '0',
      '9999999999',
      'spiffe://',
      'admin/',
      '\u0000',
      'é',
      '1'.repeat(200),
    ],
    decode: word,
    isRefusal: isRefused,
  },
];
