// Operations on a host as stories: the ledger is ahead, failures stop what needs them and nothing else, clean-up ends where we began.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  describeHostOperation,
  type HostOperation,
  type Link,
  type Route,
} from '../../src/domain/host-state.ts';
import { applyHostOperations, cleanup, type HostFailure } from '../../src/kernel/host-apply.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { createFakeHost } from './fake-host.ts';

const link: Link = { name: 'cw-ipip', type: 'ipip', external: true, up: false };
const rpFilter = 'net.ipv4.conf.cw-ipip.rp_filter';
const arpIgnore = 'net.ipv4.conf.eth0.arp_ignore';
const vip = { link: 'cw-ipip', address: '192.0.2.10', prefixLength: 32 };
const moved: Route = { family: 'ipv4', table: 7477, type: 'local', destination: '192.0.2.10/32', link: 'lo' };
const closed = {
  kind: 'closed-decapsulation',
  name: 'causeway',
  directors: ['10.0.0.1'],
  vips: ['192.0.2.10'],
  ports: [],
  devices: ['cw-ipip'],
} as const;

const realServer: readonly HostOperation[] = [
  { kind: 'load-nft', table: closed },
  { kind: 'add-link', link },
  { kind: 'set-sysctl', sysctl: { name: rpFilter, value: '2' }, previous: '' },
  { kind: 'set-sysctl', sysctl: { name: arpIgnore, value: '1' }, previous: 'what the planner read' },
  { kind: 'set-link-up', link: { ...link, up: true } },
  { kind: 'add-address', address: vip },
];

const director: readonly HostOperation[] = [
  { kind: 'add-address', address: { ...vip, link: 'lo' } },
  { kind: 'replace-route', route: moved },
  { kind: 'add-rule', rule: { family: 'ipv4', priority: 7477, table: 7477, notIncoming: 'lo' } },
  { kind: 'withdraw-route', route: { ...moved, table: 255 } },
];

let folder = '';
const path = () => join(folder, 'ledger.json');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'host-'));
});
afterEach(() => rm(folder, { recursive: true }));

function told(failures: readonly HostFailure[]): [string, string][] {
  return failures.map(({ operation, error }) => [describeHostOperation(operation), error.code]);
}

describe('applying operations', () => {
  it('records before it acts, with the value that the kernel had', async () => {
    const host = createFakeHost({ sysctls: { [arpIgnore]: '0' } });
    const ledger = await openLedger(path());
    const undoBefore: string[] = [];
    const watched = {
      ...host,
      async apply(operation: HostOperation) {
        // What a crash at this moment would leave behind.
        const known = (await openLedger(path())).undoOperations();
        undoBefore.push(`${operation.kind}: ${known.length}`);
        return host.apply(operation);
      },
    };
    expect(await applyHostOperations(watched, ledger, realServer)).toEqual([]);
    expect(undoBefore[0]).toBe('load-nft: 4');
    expect(ledger.previous(arpIgnore)).toBe('0');
  });

  it.each([
    [
      'add-link',
      [
        'set sysctl net.ipv4.conf.cw-ipip.rp_filter = 2 (was )',
        'set link cw-ipip up',
        'add address 192.0.2.10/32 on cw-ipip',
      ],
    ],
    ['load-nft', ['set link cw-ipip up']],
    ['set-link-up', []],
    ['add-address', []],
  ])('where %s fails, leaves out what needs it, and does the rest', async (kind, skipped) => {
    const host = createFakeHost({
      sysctls: { [arpIgnore]: '0' },
      fails: (operation) => (operation.kind === kind ? 'kernel' : undefined),
    });
    const failures = await applyHostOperations(host, await openLedger(path()), realServer);
    const [first, ...rest] = told(failures);
    expect(first?.[1]).toBe('kernel');
    expect(rest).toEqual(skipped.map((operation) => [operation, 'refused']));
    expect(host.log).toHaveLength(realServer.length - skipped.length);
  });

  it.each([
    [arpIgnore, ['add address 192.0.2.10/32 on cw-ipip']],
    [rpFilter, ['set link cw-ipip up']],
  ])('where %s can not be set, the VIP or the device stays down', async (name, skipped) => {
    const host = createFakeHost({
      fails: (operation) =>
        operation.kind === 'set-sysctl' && operation.sysctl.name === name ? 'permission' : undefined,
    });
    const failures = await applyHostOperations(host, await openLedger(path()), realServer);
    expect(told(failures).slice(1)).toEqual(skipped.map((operation) => [operation, 'refused']));
  });

  it.each(['replace-route', 'add-rule'])(
    "keeps the kernel's local route where %s, which replaces it, fails",
    async (kind) => {
      const host = createFakeHost({ fails: (operation) => (operation.kind === kind ? 'kernel' : undefined) });
      const failures = await applyHostOperations(host, await openLedger(path()), director);
      expect(told(failures).at(-1)).toEqual([
        'withdraw route local 192.0.2.10/32 dev lo table 255',
        'refused',
      ]);
    },
  );

  it('does not own what the kernel refused, and owns what it did not answer about', async () => {
    const ledger = await openLedger(path());
    const host = createFakeHost({
      fails: ({ kind }) => (kind === 'add-link' ? 'kernel' : kind === 'load-nft' ? 'deadline' : undefined),
    });
    await applyHostOperations(host, ledger, realServer.slice(0, 2));
    expect(ledger.undoOperations()).toEqual([{ kind: 'delete-nft', name: 'causeway' }]);
  });

  it('owns a device that the kernel did not answer about, whatever of it is not tried for that', async () => {
    const ledger = await openLedger(path());
    const host = createFakeHost({ fails: ({ kind }) => (kind === 'add-link' ? 'deadline' : undefined) });
    const failures = await applyHostOperations(host, ledger, realServer);
    expect(told(failures)).toContainEqual(['set link cw-ipip up', 'refused']);
    expect(ledger.made().links).toMatchObject([{ name: 'cw-ipip' }]);
    expect((await openLedger(path())).made().links).toMatchObject([{ name: 'cw-ipip' }]);
  });

  it('owns an object that it removed and made anew', async () => {
    const ledger = await openLedger(path());
    const host = createFakeHost();
    await applyHostOperations(host, ledger, realServer);
    const again: HostOperation[] = [{ kind: 'delete-link', link }, ...realServer.slice(1)];
    expect(await applyHostOperations(host, ledger, again)).toEqual([]);
    expect(ledger.made().links).toEqual([{ ...link, up: true }]);
    expect(ledger.made().addresses).toEqual([vip]);
  });

  it('owns a route that is put back as no route of ours', async () => {
    const ledger = await openLedger(path());
    const host = createFakeHost();
    await applyHostOperations(host, ledger, director.slice(1));
    await applyHostOperations(host, ledger, [{ kind: 'replace-route', route: { ...moved, table: 255 } }]);
    expect(ledger.made().absentRoutes).toEqual([]);
    expect(ledger.made().routes).toEqual([moved]);
  });
});

describe('clean-up', () => {
  it('ends where it began, and again does nothing', async () => {
    const host = createFakeHost({ sysctls: { [arpIgnore]: '0' } });
    const ledger = await openLedger(path());
    await applyHostOperations(host, ledger, [...realServer, ...director]);
    expect(await cleanup(host, ledger)).toEqual([]);
    // The fake kernel keeps the withdrawal in mind; the address that it belonged to is gone.
    expect([...host.objects]).toEqual(['withdrawn route ipv4 255 local 192.0.2.10/32']);
    expect(host.sysctls.get(arpIgnore)).toBe('0');
    const before = host.log.length;
    expect(await cleanup(host, await openLedger(path()))).toEqual([]);
    expect(host.log).toHaveLength(before);
  });

  it("puts the kernel's route of somebody's address back where that is still there", async () => {
    const route = { ...moved, table: 255, link: 'eth0', addressPrefixLength: 24 };
    for (const addresses of [[], [{ link: 'eth0', address: '192.0.2.10', prefixLength: 24 }]]) {
      const ledger = await openLedger(join(folder, `${addresses.length}.json`));
      const host = createFakeHost({ addresses });
      await applyHostOperations(host, ledger, [{ kind: 'withdraw-route', route }]);
      expect(await cleanup(host, ledger)).toEqual([]);
      expect(host.log.slice(1)).toEqual(
        addresses.map(() => 'replace route local 192.0.2.10/32 dev eth0 table 255'),
      );
      expect(ledger.made().absentRoutes).toEqual([]);
    }
  });

  it('continues where a crash or a failure stopped it', async () => {
    const ledger = await openLedger(path());
    let failing = true;
    const host = createFakeHost({
      fails: ({ kind }) => (failing && kind === 'delete-link' ? 'unavailable' : undefined),
    });
    await applyHostOperations(host, ledger, realServer);
    expect(told(await cleanup(host, ledger))).toEqual([['delete link cw-ipip', 'unavailable']]);
    expect(ledger.made().links).toHaveLength(1);
    failing = false;
    expect(await cleanup(host, await openLedger(path()))).toEqual([]);
    expect([...host.objects]).toEqual([]);
  });

  it('leaves a setting that somebody has changed since', async () => {
    const host = createFakeHost({ sysctls: { [arpIgnore]: '0' } });
    const ledger = await openLedger(path());
    await applyHostOperations(host, ledger, realServer);
    host.sysctls.set(arpIgnore, '8');
    expect(await cleanup(host, ledger)).toEqual([]);
    expect(host.sysctls.get(arpIgnore)).toBe('8');
    expect(ledger.undoOperations()).toEqual([]);
  });
});
