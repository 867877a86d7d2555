import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAuthority, testAuthority } from '../pki/certificates.ts';
import { fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { status } from './status.fixture.ts';

let ca: TestAuthority;
const flags: Record<string, string> = {};
beforeAll(async () => {
  ca = await testAuthority();
  for (const [name, daysAgo] of [
    ['alice', 0],
    ['bob', 31],
  ] as const) {
    const files = await ca.issue(`admin/${name}`, daysAgo);
    flags[name] = `--tls-cert ${files.cert} --tls-key ${files.key} --tls-ca ${files.ca}`;
  }
});
afterAll(() => ca.remove());

const clock = { nowMs: () => Date.now(), monotonicMs: () => 0, after: () => ({ cancel: () => {} }) };

function ran(line: string, env: Record<string, string> = {}) {
  const io = { readFile: (path: string) => readFileSync(path, 'utf8'), clock };
  return run(line, { admin: fakeCoordinator(status), env, io });
}

describe('plaintext', () => {
  it.each(['127.0.0.1', 'localhost:7401', '[::1]:7400'])('will do with %s', async (address) => {
    const { status: exit, connections } = await ran(`get --coordinator ${address}`);
    expect([exit, connections[0]?.tls]).toEqual([0, undefined]);
  });

  it.each(['10.1.0.9', 'c.example', '127.example.net'])('will not do with %s', async (address) => {
    const { status: exit, err, connections } = await ran(`get --coordinator ${address}`);
    expect([exit, connections]).toEqual([2, []]);
    expect(err).toContain(
      "is not this host's loopback: say who you are with --tls-cert, --tls-key and --tls-ca",
    );
  });

  it('will do where it is asked for', async () => {
    expect((await ran('get --coordinator 10.1.0.9 --insecure')).status).toBe(0);
    expect((await ran('get --coordinator 10.1.0.9', { CAUSEWAY_INSECURE: '1' })).status).toBe(0);
  });
});

describe('a certificate', () => {
  const at = 'get --coordinator 10.1.0.9';

  it('says who the operator is', async () => {
    const { status: exit, connections } = await ran(`${at} ${flags.alice}`);
    expect(exit).toBe(0);
    expect(connections[0]?.tls?.own.identity).toMatchObject({ role: 'admin', name: 'alice' });
  });

  it('may be named by variables', async () => {
    const [cert = '', key = '', authority = ''] = (flags.alice ?? '')
      .split(' ')
      .filter((_, index) => index % 2 === 1);
    const env = { CAUSEWAY_TLS_CERT: cert, CAUSEWAY_TLS_KEY: key, CAUSEWAY_TLS_CA: authority };
    expect((await ran(at, env)).connections[0]?.tls?.own.identity.name).toBe('alice');
  });

  it('that has expired is named before anybody is called', async () => {
    const { status: exit, err, connections } = await ran(`${at} ${flags.bob}`);
    expect([exit, connections]).toEqual([1, []]);
    expect(err).toMatch(
      /the certificate of spiffe:\/\/causeway.example\/admin\/bob has expired on .*: renew it/,
    );
  });

  it.each([
    ['--insecure', 2, '--insecure and certificates: expected one of them'],
    ['--tls-key /absent', 1, '/absent: ENOENT'],
    ['--tls-key ca', 1, 'it is not the key of'],
  ])('with %s: exit status %d', async (more, exit, words) => {
    const ends = more.replace(/ ca$/, ` ${ca.folder}/ca.key`);
    const { status: found, err, connections } = await ran(`${at} ${flags.alice} ${ends}`);
    expect([found, connections]).toEqual([exit, []]);
    expect(err).toContain(words);
    expect(err).not.toContain('PRIVATE');
  });

  it('alone is not enough', async () => {
    const { status: exit, err } = await ran(`${at} --tls-cert /c.pem`);
    expect(exit).toBe(2);
    expect(err).toContain('--tls-cert, --tls-key and --tls-ca: expected all of them, or none');
  });
});
