// The one list of roles: what is said of a role anywhere is said there.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentRoles, memberId, roles } from '../../src/domain/role.ts';

const root = join(import.meta.dirname, '../..');

test.each(agentRoles)('%s has a program, a port and a table of its own', (role) => {
  const { program, httpPort, nftTable } = roles[role];
  const others = agentRoles.filter((other) => other !== role).map((other) => roles[other]);
  expect(others.map((other) => other.program)).not.toContain(program);
  expect(others.map((other) => other.httpPort)).not.toContain(httpPort);
  expect(others.map((other) => other.nftTable)).not.toContain(nftTable);
  expect(program).toBe(`causeway-${role}`);
});

test('an agent is named as resources are', () => {
  expect(memberId('realserver', 'fra-r1')).toBe('RealServer/fra-r1');
});

test('no other file says in words what a role is called, or lists them', () => {
  const said = [
    /role === '\w+' \?\s*'/,
    /\['director', 'realserver'\]/,
    /'director' \| 'realserver'(?! \|)/,
    ...agentRoles.map((role) => new RegExp(`'${roles[role].nftTable}'`)),
  ];
  const guilty = ['src', 'agents'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => path.endsWith('.ts') && path !== join('src', 'domain', 'role.ts'))
      .filter((path) => said.some((words) => words.test(readFileSync(join(root, path), 'utf8')))),
  );
  expect(guilty).toEqual([]);
});
