/** An operator whom the Settings give one service and one site: what he changes, what he is refused, and that nothing of it is made. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AdminClient } from '../../src/api/admin-client.ts';
import {
  defaultRemovalLimit,
  type OperatorRights,
  type Override,
  type Settings,
} from '../../src/domain/resource.ts';
import { type Certified, openCertified } from './certified.ts';
import { policy, service, site } from './harness.ts';

let certified: Certified;
let alice: AdminClient;
let bob: AdminClient;

beforeEach(async () => {
  certified = await openCertified();
  alice = await certified.client('admin/alice');
  bob = await certified.client('operator/bob');
});
afterEach(() => certified.close());

const settings = (...operators: readonly OperatorRights[]): Settings => ({
  ...{ kind: 'Settings', name: 'default', removal: defaultRemovalLimit, operators, ipvs: {} },
});
const mail = service('mail', { vips: ['192.0.2.20'] });
const drain = (subject: string, services: readonly string[] = []): Override => ({
  ...{ kind: 'Override', name: `drain-${subject}`, order: { kind: 'drain' } },
  ...{ subject: { kind: 'site', name: subject }, services, owner: 'bob', reason: 'tests' },
  ...{ expiresAtMs: Date.now() + 60_000 },
});
const declared = async (): Promise<string[]> =>
  (await alice.list()).resources.map(({ kind, name }) => `${kind}/${name}`);

const long = { timeout: 60_000 };

test('an operator may look at all, and change nothing that no Settings give him', long, async () => {
  await alice.apply([site('fra')]);
  expect((await bob.list()).resources).toHaveLength(1);
  await expect(bob.apply([site('fra', 'gre')])).rejects.toMatchObject({
    code: 'permission',
    message:
      'apply: operator/bob may not change Site/fra: nothing is granted to it (Settings/default, spec.operators). Who may: an admin',
  });
  await expect(bob.backup()).rejects.toMatchObject({ code: 'permission' });
  await expect(bob.apply([settings({ name: 'bob', services: ['*'], sites: ['*'] })])).rejects.toMatchObject({
    code: 'permission',
  });
  expect(await declared()).toEqual(['Site/fra']);
});

test(
  'what is his he applies, deletes, drains and rolls back; with anything else in it, nothing is made',
  long,
  async () => {
    const granted = settings({ name: 'bob', services: ['web'], sites: ['lon'] });
    const base = [site('fra'), site('lon'), service('web'), mail, granted];
    await alice.apply(base);
    const { number: before = 0 } = await alice.apply([policy('fra-r1', 50)]);

    // The folder with everything in it: what is unchanged is not touched.
    const changed = service('web', { scheduler: 'rr' });
    expect((await bob.apply([...base.filter(({ name }) => name !== 'web'), changed])).outcomes).toContain(
      'changed',
    );
    expect((await bob.history({ limit: 1 })).revisions[0]?.author.name).toContain('operator/bob');
    await bob.apply([drain('lon'), drain('fra', ['web'])]);
    await bob.remove([{ kind: 'Override', name: 'drain-lon' }]);

    const refusedFor = async (work: () => Promise<unknown>, what: string): Promise<void> => {
      const present = await alice.list();
      await expect(work()).rejects.toMatchObject({
        code: 'permission',
        message: expect.stringContaining(
          `operator/bob may not change ${what}: its own are service web and site lon`,
        ),
      });
      expect(await alice.list()).toEqual(present);
    };
    await refusedFor(() => bob.apply([service('web'), { ...mail, scheduler: 'rr' }]), 'Service/mail');
    await refusedFor(() => bob.apply([drain('fra')]), 'Override/drain-fra');
    await refusedFor(
      () =>
        bob.remove([
          { kind: 'Override', name: 'drain-fra' },
          { kind: 'Service', name: 'mail' },
        ]),
      'Service/mail',
    );
    await refusedFor(() => bob.remove([{ kind: 'Settings', name: 'default' }]), 'Settings/default');
    await refusedFor(() => bob.rollback(before - 1), 'RealServer/fra-r1 (not registered at any site)');
    expect((await bob.plan([{ ...mail, scheduler: 'rr' }])).refusal).toContain('may not change Service/mail');

    const { number: own } = await bob.apply([service('web', { scheduler: 'wlc' })]);
    await bob.rollback((own ?? 0) - 1);
    expect(await alice.get({ kind: 'Service', name: 'web' })).toMatchObject({ scheduler: 'rr' });

    // What is taken from him is gone with the next change.
    await alice.apply([settings({ name: 'bob', services: [], sites: ['lon'] })]);
    await expect(bob.apply([service('web')])).rejects.toMatchObject({ code: 'permission' });
  },
);
