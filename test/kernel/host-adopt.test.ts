// A state directory that is lost: our own things are found by their names and marks on a real kernel, taken back, and undone.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ownMarks } from '../../agents/realserver/own-names.ts';
import { emptyHostState, type HostOperation } from '../../src/domain/host-state.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import { adopt, type OwnMarks } from '../../src/kernel/host-marks.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { here, hostSnapshot, ledgerPath, prepareNamespace, slowTestMs } from './host-tools.ts';

let host: Host;
beforeAll(async () => {
  await prepareNamespace();
  host = await createHost();
});
afterAll(() => host.close());

const vip = '192.0.2.10';
const route = { family: 'ipv4', type: 'local', destination: `${vip}/32`, link: 'lo' } as const;
const made: HostOperation[] = [
  {
    kind: 'load-nft',
    table: {
      kind: 'closed-decapsulation',
      name: 'causeway_realserver',
      directors: ['10.1.0.2'],
      vips: [vip],
      ports: [],
      devices: ['cw-ipip'],
      maxSegmentBytes: { ipv4: 1440 },
    },
  },
  { kind: 'add-link', link: { name: 'cw-ipip', type: 'ipip', external: true, up: true } },
  { kind: 'set-link-up', link: { name: 'cw-ipip', type: 'ipip', external: true, up: true } },
  { kind: 'add-address', address: { link: 'cw-ipip', address: '192.0.2.20', prefixLength: 32 } },
  { kind: 'replace-route', route: { ...route, table: 7477 } },
  { kind: 'add-rule', rule: { family: 'ipv4', priority: 77, table: 7477, notIncoming: 'lo' } },
  { kind: 'add-address', address: { link: 'lo', address: vip, prefixLength: 32 } },
  { kind: 'withdraw-route', route: { ...route, table: 255 } },
];
const marks: OwnMarks = { ...ownMarks, tables: [7477, ...ownMarks.tables] };

it('leaves nothing behind', { timeout: slowTestMs }, async () => {
  await here('ip rule add from 10.9.0.9 lookup 100 pref 90');
  await here('ip addr add 198.51.100.1/32 dev lo');
  const before = await hostSnapshot();
  const lost = await openLedger(ledgerPath('lost'));
  expect(await applyHostOperations(host, lost, made)).toEqual([]);

  const ledger = await openLedger(ledgerPath('found'));
  const adopted = await adopt(ledger, await host.marked(marks));
  expect(adopted.map(({ kind }) => kind).toSorted()).toEqual(
    made.flatMap(({ kind }) => (kind === 'set-link-up' ? [] : [kind])).toSorted(),
  );
  expect(ledger.ownedVips()).toEqual([vip]);
  expect(await cleanup(host, ledger)).toEqual([]);
  expect(await hostSnapshot()).toBe(before);
  expect(await host.marked(marks)).toEqual(emptyHostState);
});
