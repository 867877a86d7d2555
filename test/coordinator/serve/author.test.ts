import { expect, it } from 'vitest';
import { authorOf } from '../../../src/coordinator/serve/note-change.ts';
import type { Caller } from '../../../src/domain/caller.ts';

const caller = (role: Caller['role'], identity: string): Caller => ({
  role,
  identity,
  site: undefined,
  from: '127.0.0.1',
});

it.each<[string, Caller, string, string, boolean]>([
  ['by this host, his own word', caller('local', 'local'), 'ann', 'ann', true],
  ['by this host, and no word', caller('local', 'local'), ' ', 'local', false],
  ['by the network, his own word', caller('unnamed', 'unnamed at 10.1.2.3'), 'ann', 'ann', true],
  ['by the network, and no word', caller('unnamed', 'unnamed at 10.1.2.3'), '', 'unnamed at 10.1.2.3', false],
  [
    'a certificate counts, whatever he says',
    caller('admin', 'spiffe://x/admin/bob'),
    'ann',
    'spiffe://x/admin/bob',
    false,
  ],
])('who changed it: %s', (_, who, author, name, isTold) => {
  expect(authorOf(who, { author }, 'apply')).toEqual({ name, isTold });
});
