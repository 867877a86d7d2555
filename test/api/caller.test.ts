import type { PeerCertificate, TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { callerOf, certifiedCaller, plainCaller, remember } from '../../src/api/caller.ts';
import { keepShown } from '../../src/api/shown-certificate.ts';

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

test("a call is its connection's, as the door has read it, and Node is not asked for the certificate again", () => {
  const identity = { domain: 'causeway.example', role: 'director', site: 'fra', name: 'd1' } as const;
  const times = { notBeforeMs: 0, notAfterMs: 1, sinceMs: 0 };
  const socket: Pick<TLSSocket, 'getPeerCertificate'> = {
    getPeerCertificate() {
      throw new Error('asked');
    },
  };
  keepShown(socket, { identity, serial: '1', issuer: undefined, ...times });
  const sslPeerCertificate = socket.getPeerCertificate();
  const caller = { role: 'director', identity: 'spiffe://causeway.example/director/fra/d1', site: 'fra' };
  const on = (shown: PeerCertificate) => ({
    getPeer: () => '10.1.0.9:40000',
    getAuthContext: () => ({ sslPeerCertificate: shown }),
  });
  for (const _ of [1, 2])
    expect(certifiedCaller(on(sslPeerCertificate))).toEqual({ ...caller, from: '10.1.0.9' });
  // The same bytes from elsewhere are nobody's: they have come by no door.
  expect(() => certifiedCaller(on({ ...sslPeerCertificate }))).toThrow('has shown no certificate');
});

test("a call that has come by no guard is nobody's", () => {
  const call = {};
  expect(() => callerOf(call)).toThrow('it has come by no guard');
  const caller = { identity: 'local', role: 'local', site: undefined, from: '127.0.0.1' } as const;
  remember(call, caller);
  expect(callerOf(call)).toBe(caller);
});
