// The ledger as stories: what is ours after a start, a crash, a refusal; what undoes it; what is said when the file is bad.
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  describeHostOperation,
  emptyHostState,
  type HostOperation,
  type InterfaceAddress,
  type Link,
  type Route,
} from '../../src/domain/host-state.ts';
import { openLedger } from '../../src/kernel/ledger.ts';

const link: Link = { name: 'cw-ipip', type: 'ipip', external: true, up: true };
const vip: InterfaceAddress = { link: 'lo', address: '192.0.2.10', prefixLength: 32 };
const local: Route = { family: 'ipv4', table: 255, type: 'local', destination: '192.0.2.10/32', link: 'lo' };
const addLink: HostOperation = { kind: 'add-link', link: { ...link, up: false } };
const addVip: HostOperation = { kind: 'add-address', address: vip };
const withdraw: HostOperation = { kind: 'withdraw-route', route: local };
const onLink: HostOperation = { kind: 'add-address', address: { ...vip, link: 'cw-ipip' } };
const table = {
  kind: 'closed-decapsulation',
  name: 'causeway',
  directors: [],
  vips: [],
  ports: [],
  devices: [],
} as const;

function setSysctl(name: string, value: string, previous: string): HostOperation {
  return { kind: 'set-sysctl', sysctl: { name, value }, previous };
}

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  path = join(folder, 'state', 'ledger.json');
});
afterEach(() => rm(folder, { recursive: true }));

/** What undoes everything, as a new process would read it from the file. */
async function undoAfterRestart(): Promise<string[]> {
  return (await openLedger(path)).undoOperations().map(describeHostOperation);
}

describe('the ledger', () => {
  it('is empty, and no file, before the first record', async () => {
    const ledger = await openLedger(path);
    expect(ledger.made()).toEqual(emptyHostState);
    expect(ledger.ownedVips()).toEqual([]);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('keeps a rule of which another mask of marks was replaced', async () => {
    const ledger = await openLedger(path);
    const rule = { family: 'ipv6', priority: 78, table: 7478 } as const;
    const other: HostOperation = { kind: 'add-rule', rule: { ...rule, unmarked: 0x100 } };
    await ledger.record([other]);
    await ledger.done([other]);
    const change: HostOperation[] = [
      { kind: 'add-rule', rule: { ...rule, unmarked: 0x200 } },
      { kind: 'delete-rule', rule: other.rule },
    ];
    await ledger.record(change);
    await ledger.done(change);
    expect(await undoAfterRestart()).toEqual(['delete rule 78: fwmark 0x0/0x200 lookup 7478']);
  });

  it('takes nothing for recorded that the disk did not take, however often it is asked', async () => {
    const ledger = await openLedger(path);
    await ledger.record([addLink]);
    // As where there is no room: nothing can be written beside the file.
    await mkdir(`${path}.tmp`);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(ledger.record([addVip])).rejects.toMatchObject({ operation: 'write ledger' });
      await expect(ledger.ownVips(['192.0.2.10'])).rejects.toMatchObject({ operation: 'write ledger' });
    }
    await rmdir(`${path}.tmp`);
    await ledger.record([addVip]);
    const after = await openLedger(path);
    expect(after.made()).toEqual(ledger.made());
    expect(after.ownedVips()).toEqual(['192.0.2.10']);
  });

  it('knows after a crash what was intended, and undoes it the last first', async () => {
    const ledger = await openLedger(path);
    await ledger.record([addLink, setSysctl('net.ipv4.conf.eth0.arp_ignore', '1', '0'), onLink]);
    expect(await undoAfterRestart()).toEqual([
      'delete address 192.0.2.10/32 on cw-ipip',
      'set sysctl net.ipv4.conf.eth0.arp_ignore = 0 (was 1)',
      'delete link cw-ipip',
    ]);
  });

  it('owns what it made, with our values', async () => {
    const ledger = await openLedger(path);
    const operations = [addLink, withdraw, setSysctl('net.ipv4.vs.conn_reuse_mode', '3', '1')];
    await ledger.record(operations);
    await ledger.done(operations);
    await ledger.record([{ kind: 'set-link-up', link }]);
    const again = await openLedger(path);
    expect(again.made()).toEqual({
      ...emptyHostState,
      links: [link],
      absentRoutes: [local],
      sysctls: [{ name: 'net.ipv4.vs.conn_reuse_mode', value: '3', previous: '1' }],
    });
    expect(again.previous('net.ipv4.vs.conn_reuse_mode')).toBe('1');
    expect(again.previous('net.ipv4.vs.sloppy_tcp')).toBeUndefined();
  });

  it('forgets what was removed only once it is gone', async () => {
    const ledger = await openLedger(path);
    const remove: HostOperation = { kind: 'delete-nft', name: 'causeway' };
    await ledger.record([{ kind: 'load-nft', table }]);
    await ledger.record([remove]);
    expect(await undoAfterRestart()).toEqual(['delete nft table causeway']);
    await ledger.done([remove]);
    expect(await undoAfterRestart()).toEqual([]);
  });

  it('goes back to what it knew before, where the kernel refused', async () => {
    const ledger = await openLedger(path);
    await ledger.record([addVip]);
    await ledger.done([addVip]);
    await ledger.record([addLink, addVip]);
    await ledger.refused([addLink, addVip]);
    expect(await undoAfterRestart()).toEqual(['delete address 192.0.2.10/32 on lo']);
  });

  it('goes back to the value before the first change, and forgets a setting that is back there', async () => {
    const ledger = await openLedger(path);
    const name = 'net.ipv4.vs.expire_nodest_conn';
    await ledger.record([setSysctl(name, '1', '0')]);
    await ledger.record([setSysctl(name, '2', '1')]);
    expect(await undoAfterRestart()).toEqual([`set sysctl ${name} = 0 (was 2)`]);
    const restore = setSysctl(name, '0', '2');
    await ledger.record([restore]);
    expect(await undoAfterRestart()).toHaveLength(1);
    await ledger.done([restore]);
    expect(await undoAfterRestart()).toEqual([]);
  });

  it('knows, after a crash amid a change of a setting, both values as ours', async () => {
    const ledger = await openLedger(path);
    const name = 'net.ipv4.vs.conn_reuse_mode';
    await ledger.record([setSysctl(name, '3', '1')]);
    await ledger.done([setSysctl(name, '3', '1')]);
    await ledger.record([setSysctl(name, '2', '3')]);
    const crashed = await openLedger(path);
    expect(['3', '2', '7'].map((current) => crashed.restored(name, current))).toEqual(['1', '1', undefined]);
    await crashed.done([setSysctl(name, '2', '3')]);
    expect(['3', '2'].map((current) => crashed.restored(name, current))).toEqual([undefined, '1']);
  });

  it('goes back to what others, or a boot, have put in the place of our value, once that is replaced too', async () => {
    const ledger = await openLedger(path);
    const name = 'net.ipv4.vs.conn_reuse_mode';
    await ledger.record([setSysctl(name, '3', '1')]);
    await ledger.record([setSysctl(name, '3', '0')]);
    expect(await undoAfterRestart()).toEqual([`set sysctl ${name} = 0 (was 3)`]);
  });

  it('takes back its own reserved ports alone, whatever others reserved meanwhile', async () => {
    const ledger = await openLedger(path);
    const name = 'net.ipv4.ip_local_reserved_ports';
    await ledger.record([setSysctl(name, '8080,24001-28000', '8080')]);
    expect(ledger.restored(name, '8080,9000,24001-28000')).toBe('8080,9000');
    await ledger.record([setSysctl(name, '8080,9000,24001-28100', '8080,9000,24001-28000')]);
    expect(ledger.restored(name, '9000-9001,24001-28100')).toBe('9000-9001');
    expect(ledger.restored(name, '')).toBe('');
  });

  it('forgets what is neither wanted nor there, as a crash after a removal leaves it; but no setting', async () => {
    const ledger = await openLedger(path);
    const name = 'net.ipv4.conf.eth0.arp_ignore';
    await ledger.record([addLink, setSysctl(name, '1', '0'), addVip, withdraw, { kind: 'load-nft', table }]);
    await ledger.absent({ ...emptyHostState, addresses: [vip] }, emptyHostState, false);
    expect(await undoAfterRestart()).toEqual([
      'delete nft table causeway',
      'delete address 192.0.2.10/32 on lo',
      `set sysctl ${name} = 0 (was 1)`,
    ]);
    await ledger.absent(emptyHostState, emptyHostState, true);
    expect(await undoAfterRestart()).toEqual([`set sysctl ${name} = 0 (was 1)`]);
  });

  it('lets everything on a device end with the device', async () => {
    const ledger = await openLedger(path);
    await ledger.record([addLink, setSysctl('net.ipv4.conf.cw-ipip.rp_filter', '2', ''), onLink]);
    expect(await undoAfterRestart()).toEqual([
      'delete address 192.0.2.10/32 on cw-ipip',
      'delete link cw-ipip',
    ]);
    await ledger.done([{ kind: 'delete-link', link }]);
    expect(await undoAfterRestart()).toEqual([]);
  });

  it("does not put back the kernel's route of an address that goes too", async () => {
    const ledger = await openLedger(path);
    await ledger.record([addVip, withdraw]);
    expect(await undoAfterRestart()).toEqual(['delete address 192.0.2.10/32 on lo']);
    await ledger.done([{ kind: 'delete-address', address: vip }]);
    expect(await undoAfterRestart()).toEqual([]);
  });

  it("puts back the kernel's route of an address that was there before us", async () => {
    const ledger = await openLedger(path);
    await ledger.record([withdraw]);
    const [putBack] = ledger.undoOperations();
    expect(putBack).toEqual({ kind: 'replace-route', route: local });
    await ledger.record(ledger.undoOperations());
    await ledger.done(ledger.undoOperations());
    expect(await undoAfterRestart()).toEqual([]);
  });

  it("tells the kernel's route on lo from what others had elsewhere, and puts back the latter", async () => {
    const ledger = await openLedger(path);
    const route = { family: 'ipv4', table: 255, type: 'local', destination: '192.0.2.10/32' } as const;
    const vip = { link: 'lo', address: '192.0.2.10', prefixLength: 32 };
    const operations: HostOperation[] = [
      { kind: 'add-address', address: vip },
      { kind: 'withdraw-route', route: { ...route, link: 'lo' } },
      { kind: 'withdraw-route', route: { ...route, link: 'eth0' } },
    ];
    await ledger.record(operations);
    await ledger.done(operations);
    expect(await undoAfterRestart()).toEqual([
      'replace route local 192.0.2.10/32 dev eth0 table 255',
      'delete address 192.0.2.10/32 on lo',
    ]);
    const restored: HostOperation = { kind: 'replace-route', route: { ...route, link: 'eth0' } };
    await ledger.record([restored]);
    await ledger.done([restored]);
    expect(ledger.made().absentRoutes).toEqual([{ ...route, link: 'lo' }]);
    expect(ledger.made().routes).toEqual([]);
  });

  it('keeps the VIPs whose IPVS services are ours', async () => {
    const ledger = await openLedger(path);
    await ledger.ownVips(['192.0.2.10', '192.0.2.11']);
    await ledger.disownVips(['192.0.2.10', '192.0.2.99']);
    expect((await openLedger(path)).ownedVips()).toEqual(['192.0.2.11']);
  });

  it('writes nothing where nothing changed', async () => {
    const ledger = await openLedger(path);
    await ledger.ownVips(['192.0.2.10']);
    await ledger.record([addVip]);
    await ledger.done([addVip]);
    await rm(path);
    await ledger.ownVips(['192.0.2.10']);
    await ledger.disownVips(['192.0.2.99']);
    await ledger.done([addVip, { kind: 'delete-link', link }]);
    await ledger.refused([addVip]);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('writes one at a time, the newest last, for its owner only, and leaves nothing beside the file', async () => {
    const ledger = await openLedger(path);
    const vips = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}`);
    await Promise.all(vips.map((address) => ledger.ownVips([address])));
    expect((await openLedger(path)).ownedVips()).toEqual(vips);
    expect(await readdir(join(folder, 'state'))).toEqual(['ledger.json']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('survives a crash between writing and renaming', async () => {
    await (await openLedger(path)).ownVips(['192.0.2.10']);
    await writeFile(`${path}.tmp`, '{"form');
    const ledger = await openLedger(path);
    expect(ledger.ownedVips()).toEqual(['192.0.2.10']);
    await ledger.ownVips(['192.0.2.11']);
    expect((await openLedger(path)).ownedVips()).toEqual(['192.0.2.10', '192.0.2.11']);
  });
});

describe('a ledger that is none', () => {
  it.each([
    ['', 'the file is empty'],
    ['{"format":1,', 'it is not JSON'],
    ['[]', 'at the top'],
    [
      '{"format":1,"vips":[],"entries":[{"operation":{"kind":"add-link"},"done":true}]}',
      'at entries.0.operation.link',
    ],
    [
      '{"format":1,"vips":[],"entries":[{"operation":{"kind":"format-disk"},"done":true}]}',
      'at entries.0.operation',
    ],
    ['{"format":2,"entries":"whatever"}', 'format 2; this Causeway knows formats up to 1'],
  ])('%j is refused, and stays', async (text, found) => {
    await (await openLedger(path)).ownVips(['192.0.2.10']);
    await writeFile(path, text);
    const opened = openLedger(path);
    await expect(opened).rejects.toMatchObject({ code: 'invalid', subject: path });
    await expect(opened).rejects.toThrow(found);
    await expect(opened).rejects.toThrow('put back a copy of it');
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('is what was cut at any byte, and not taken for a shorter one', async () => {
    const ledger = await openLedger(path);
    await ledger.record([addLink, addVip, withdraw]);
    await ledger.ownVips(['192.0.2.10']);
    const text = await readFile(path, 'utf8');
    for (let bytes = 0; bytes < text.trimEnd().length; bytes += 1) {
      await writeFile(path, text.slice(0, bytes));
      await expect(openLedger(path), `cut at ${bytes}`).rejects.toMatchObject({ code: 'invalid' });
    }
  });

  it('is told where it can not be written', async () => {
    await writeFile(join(folder, 'state'), 'a file, where a folder is needed');
    await expect(openLedger(path)).rejects.toMatchObject({ operation: 'open ledger', subject: path });
  });
});
