import { expect, test } from 'vitest';
import { checkOwn } from '../../../src/coordinator/site/check-own.ts';
import type { AgentHello } from '../../../src/domain/agent-message.ts';
import type { Caller } from '../../../src/domain/caller.ts';

const hello = {
  ...{ role: 'director', name: 'fra-d1', site: 'fra', address: '10.1.0.2', prefixLength: 24 },
  ...{ appliedVersion: 0, appliedChecksum: '', programVersion: 'test' },
} as const satisfies AgentHello;

function caller(
  identity: string,
  role: Caller['role'] = 'director',
  site: string | undefined = 'fra',
): Caller {
  return { identity, role, site, from: '10.1.0.9' };
}

test.each([
  ['the director itself', caller('spiffe://a.example/director/fra/fra-d1')],
  ['who calls by the loopback, where nobody is asked', caller('local', 'local', undefined)],
  ['who has no certificate, where nobody is asked', caller('unnamed at 10.1.0.9', 'unnamed', undefined)],
])('%s registers', (_, who) => {
  expect(() => checkOwn(hello, who)).not.toThrow();
});

test.each([
  ['another director', caller('spiffe://a.example/director/fra/fra-d2')],
  ['one of its name at another site', caller('spiffe://a.example/director/lon/fra-d1', 'director', 'lon')],
  ['a real server of its name', caller('spiffe://a.example/realserver/fra/fra-d1', 'realserver')],
  ['an admin of its name', caller('spiffe://a.example/admin/fra-d1', 'admin', undefined)],
])('%s does not register as it', (_, who) => {
  expect(() => checkOwn(hello, who)).toThrow(
    `register director fra-d1: ${who.identity} speaks for itself alone, and this is spiffe://a.example/director/fra/fra-d1`,
  );
});
