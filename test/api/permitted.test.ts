import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plainCaller } from '../../src/api/caller.ts';
import { guardedCalls, permitted, requirePermitted } from '../../src/api/permitted.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { type Caller, type CallerRole, callerRoles } from '../../src/domain/caller.ts';

const folder = join(import.meta.dirname, '../../proto/causeway/v1');

/** As the proto files have them: `Admin.Apply`. */
function methods(): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.proto'));
  return files.flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8').replace(/\/\/.*$/gm, '');
    return [...text.matchAll(/\bservice\s+(\w+)\s*\{([\s\S]*?)^\}/gm)].flatMap(([, service, body = '']) =>
      [...body.matchAll(/\brpc\s+(\w+)/g)].map(([, method]) => `${service}.${method}`),
    );
  });
}

const caller = (role: CallerRole): Caller => ({
  identity: `some ${role}`,
  role,
  site: undefined,
  from: '127.0.0.1',
});

test('every method of the proto files has a row, and every row a method', () => {
  expect(Object.keys(permitted).toSorted()).toEqual(methods().toSorted());
});

test('a certificate says what its holder may do', () => {
  const may = (role: CallerRole) =>
    Object.keys(permitted).filter((method) => permitted[method]?.includes(role));
  const agent = ['Agents.Connect', 'Agents.Renew'];
  expect(may('director')).toEqual(agent);
  expect(may('realserver')).toEqual(agent);
  expect(may('viewer')).toEqual(
    ['Get', 'List', 'Status', 'Watch', 'Plan', 'Explain', 'WhatIf', 'History', 'Diff'].map(
      (method) => `Admin.${method}`,
    ),
  );
  expect(may('operator').toSorted()).toEqual(
    [...may('viewer'), 'Admin.Apply', 'Admin.Delete', 'Admin.Rollback'].toSorted(),
  );
  expect(may('coordinator')).toEqual(['Agents.Renew', 'Peers.Observe']);
  expect(may('admin')).toEqual(methods().filter((method) => method.startsWith('Admin.')));
});

test('who may not is told who he is and who may', () => {
  expect(() => requirePermitted('Admin.Apply', caller('director'))).toThrow(
    'call Admin.Apply: some director may not: it is director, and this is for local, unnamed, admin, operator',
  );
});

test.each(callerRoles)('%s may not call what has no row', (role) => {
  expect(() => requirePermitted('Admin.New', caller(role))).toThrow(/this is for nobody/);
});

test('a handler without a row is not reached, whether it answers once or by a stream', () => {
  const reached: string[] = [];
  const refused: unknown[] = [];
  const definition = { ...loadApi().admin.service };
  const unknown = { ...definition.Apply, path: '/causeway.v1.Admin/New' };
  const guarded = guardedCalls(
    { Apply: definition.Apply, New: unknown, Stream: unknown },
    {
      Apply: () => void reached.push('apply'),
      New: () => void reached.push('new'),
      Stream: () => void reached.push('stream'),
    },
    {
      recognise: plainCaller,
      onRefused: ({ method, identity, peer }) => void refused.push([method, identity, peer]),
    },
  );
  const told: unknown[] = [];
  const call = { getPeer: () => '127.0.0.1:1', emit: (_: string, status: unknown) => void told.push(status) };
  const invoke = (name: string, ...args: unknown[]) =>
    (guarded[name] as unknown as (...args: unknown[]) => void)(call, ...args);
  invoke('Apply', () => {});
  invoke('New', (status: unknown) => void told.push(status));
  invoke('Stream');
  expect(reached).toEqual(['apply']);
  expect(told).toHaveLength(2);
  expect(refused).toEqual([
    ['Admin.New', 'local', '127.0.0.1'],
    ['Admin.New', 'local', '127.0.0.1'],
  ]);
});
