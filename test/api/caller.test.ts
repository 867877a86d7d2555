import { expect, test } from 'vitest';
import { callerOf } from '../../src/api/caller.ts';

test.each([
  ['127.0.0.1:40000', 'local', 'local'],
  ['127.8.9.1:40000', 'local', 'local'],
  ['::1:40000', 'local', 'local'],
  ['::ffff:127.0.0.1:40000', 'local', 'local'],
  ['10.1.0.9:40000', 'unnamed', 'unnamed at 10.1.0.9'],
  ['::ffff:10.1.0.9:40000', 'unnamed', 'unnamed at 10.1.0.9'],
  ['fd00::9:40000', 'unnamed', 'unnamed at fd00::9'],
  // What only looks like loopback, and what gRPC says of a connection that is gone.
  ['127.example.net:40000', 'unnamed', 'unnamed at 127.example.net'],
  ['unknown', 'unnamed', 'unnamed at unknown'],
])('without a certificate, a call from %s is %s', (peer, role, identity) => {
  expect(callerOf({ getPeer: () => peer })).toEqual({ identity, role, site: undefined });
});
