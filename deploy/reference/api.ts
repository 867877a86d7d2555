// The services of the API, from the proto files, with who may call what.
import { readFileSync } from 'node:fs';
import { permitted } from '../../src/api/permitted.ts';
import { code, table } from './tables.ts';

const folder = new URL('../../proto/causeway/v1/', import.meta.url);
const files = ['admin.proto', 'agents.proto', 'peers.proto'];

export function apiPage(): string {
  const parts = [
    '# The API',
    '',
    'gRPC, package `causeway.v1`, port 7400, with the standard health and reflection services. The messages stand in `proto/causeway/v1/`, each field with what it means.',
    'Without certificates (`local`, `unnamed`: `docs/security.md`) a caller may do whatever the port is for.',
    '',
  ];
  for (const file of files) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    for (const [, name = '', body = ''] of text.matchAll(/^service (\w+) \{\n(.*?)^\}/gms))
      parts.push(`## ${name}`, '', table(['method', 'takes', 'gives', 'for', 'what'], methodsOf(name, body)));
  }
  return parts.join('\n');
}

function methodsOf(service: string, body: string): string[][] {
  const methods = body.matchAll(/((?:^ *\/\/.*\n)*)^ *rpc (\w+)\((.*?)\) returns \((.*?)\);/gm);
  return [...methods].map(([, comment = '', name = '', request = '', response = '']) => [
    code(name),
    code(request),
    code(response),
    (permitted[`${service}.${name}`] ?? []).join(', '),
    comment.replaceAll(/^ *\/\/ ?/gm, '').trim(),
  ]);
}
