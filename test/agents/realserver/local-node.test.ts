// A director on the real server's own host.
import { expect, test } from 'vitest';
import { claimedHere, localRoutesOf } from '../../../agents/realserver/local-node.ts';

test('the local routes of all VIPs are asked for', () => {
  const addresses = [
    { link: 'cw-ipip', address: '192.0.2.10', prefixLength: 32 },
    { link: 'cw-sit', address: '2001:db8::10', prefixLength: 128 },
  ];
  expect(localRoutesOf({ addresses }).absentRoutes).toEqual([
    { family: 'ipv4', table: 255, type: 'local', destination: '192.0.2.10/32', link: 'cw-ipip' },
    { family: 'ipv6', table: 255, type: 'local', destination: '2001:db8::10/128', link: 'cw-sit' },
  ]);
});

test('one in a director’s table tells of it; one of the host’s own does not', () => {
  const at = (table: number) =>
    ({ family: 'ipv4', table, type: 'local', destination: '192.0.2.10/32', link: 'lo' }) as const;
  expect(claimedHere([at(255)])).toBeUndefined();
  expect(claimedHere([at(255), at(7477)])).toMatch(
    /^a director on this very host has claimed 192\.0\.2\.10\/32 \(table 7477\): .*causeway-director --cleanup/,
  );
});
