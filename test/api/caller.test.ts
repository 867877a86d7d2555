import { expect, test } from 'vitest';
import { callerOf, certifiedCaller, plainCaller, remember } from '../../src/api/caller.ts';

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
  expect(plainCaller({ getPeer: () => peer, getAuthContext: () => ({}) })).toEqual({
    identity,
    role,
    site: undefined,
    from: expect.stringMatching(/^(?!::ffff).*[^:]$/),
  });
});

test('where certificates are asked for, nobody is let in for where he calls from', () => {
  const call = { getPeer: () => '127.0.0.1:40000', getAuthContext: () => ({}) };
  expect(() => certifiedCaller(call)).toThrow('127.0.0.1 has shown no certificate that is believed');
});

test("a call that has come by no guard is nobody's", () => {
  const call = {};
  expect(() => callerOf(call)).toThrow('it has come by no guard');
  const caller = { identity: 'local', role: 'local', site: undefined, from: '127.0.0.1' } as const;
  remember(call, caller);
  expect(callerOf(call)).toBe(caller);
});
