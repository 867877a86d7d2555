/** A coordinator that asks for certificates, from outside: who registers as whom, who changes what, what is told. */
import { afterEach, expect, test, vi } from 'vitest';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { connectAgent } from '../../src/api/agent-client.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { materialOf } from '../pki/certificates.ts';
import { type Certified, openCertified } from './certified.ts';
import { site } from './harness.ts';

let certified: Certified;
afterEach(() => certified.close());

/** With the certificate of `holder`, and the hello of fra-d1. */
async function director(holder: string) {
  const states: string[] = [];
  const tls = materialOf(await certified.ca.issue(holder));
  const link = connectAgent({
    coordinators: [`127.0.0.1:${certified.coordinator.port}`],
    tls: () => tls,
    hello: () => ({
      ...{ role: 'director', name: 'fra-d1', site: 'fra', address: '10.1.0.2', prefixLength: 24 },
      programVersion: 'test',
    }),
    held: () => undefined,
    onSnapshot: () => {},
    onState: (isConnected, why) => states.push(isConnected ? 'connected' : why),
    clock: realClock,
    random: () => 0.5,
  });
  certified.closing(() => link.close());
  await vi.waitFor(() => expect(states.length).toBeGreaterThan(0), { timeout: 20_000, interval: 20 });
  return states[0];
}

const long = { timeout: 60_000 };

test('an agent registers for itself alone, and its certificate is its name in the log', long, async () => {
  certified = await openCertified();
  expect(await director('director/fra/fra-d1')).toBe('connected');
  expect(certified.logged.find(({ msg }) => msg === 'agent connected')).toMatchObject({
    by: 'spiffe://causeway.example/director/fra/fra-d1',
    agent: 'fra-d1',
  });
  for (const other of ['director/fra/fra-d2', 'director/lon/fra-d1', 'realserver/fra/fra-d1'])
    expect(await director(other)).toContain(
      `spiffe://causeway.example/${other} speaks for itself alone, and this is spiffe://causeway.example/director/fra/fra-d1`,
    );
});

test(
  'who changes something is known by his certificate; who may only look changes nothing',
  long,
  async () => {
    certified = await openCertified();
    const alice = await certified.client('admin/alice');
    await alice.apply([site('fra')]);
    const { revisions } = await alice.history({ limit: 1 });
    expect(revisions[0]?.author.name).toBe('spiffe://causeway.example/admin/alice');
    const bob = await certified.client('viewer/bob');
    expect((await bob.status()).coordinator).toBe('c1');
    await expect(bob.apply([site('fra')])).rejects.toMatchObject({ code: 'permission' });
    expect(certified.logged.filter(({ msg }) => msg === 'refused')).toEqual([
      expect.objectContaining({
        ...{ identity: 'spiffe://causeway.example/viewer/bob', method: 'Admin.Apply', peer: '127.0.0.1' },
        reason: expect.stringContaining('it is viewer, and this is for'),
      }),
    ]);
  },
);

test('plaintext beyond the loopback stands in status for as long as it is', long, async () => {
  certified = await openCertified({ insecure: true });
  const client = connectAdmin({ address: `127.0.0.1:${certified.coordinator.port}`, timeoutMs: 10_000 });
  certified.closing(() => client.close());
  expect((await client.status()).troubles).toEqual([
    expect.stringContaining('it speaks plaintext and asks nobody who he is (insecure: true)'),
  ]);
});
