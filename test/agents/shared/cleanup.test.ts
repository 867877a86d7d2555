import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeServices } from '../../../agents/director/remove-services.ts';
import { cleanUp } from '../../../agents/shared/cleanup.ts';
import type { HostOperation } from '../../../src/domain/host-state.ts';
import { applyHostOperations } from '../../../src/kernel/host-apply.ts';
import { openLedger } from '../../../src/kernel/ledger.ts';
import { renewedFile } from '../../../src/runtime/config-tls.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createSnapshotFile } from '../../../src/runtime/snapshot-file.ts';
import { createFakeHost, createFakeIpvs } from '../fake-kernel.ts';
import { directorSnapshot } from '../snapshots.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-cleanup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const links: readonly HostOperation[] = ['cw-vip', 'cw-other'].map((name) => ({
  kind: 'add-link',
  link: { name, type: 'dummy', external: true, up: true },
}));

/** A host with two devices of ours, a service of ours, and a snapshot on disk. */
async function used() {
  const host = createFakeHost({ link: 'eth0', address: '10.1.0.2', prefixLength: 24 });
  const ipvs = createFakeIpvs();
  const ledger = await openLedger(join(folder, 'ledger.json'));
  const file = createSnapshotFile(join(folder, 'snapshot.json'), 'director');
  await file.save(directorSnapshot());
  await applyHostOperations(host, ledger, links);
  await ledger.ownVips(['192.0.2.10']);
  ipvs.tamper({
    kind: 'add-service',
    service: {
      key: { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 },
      scheduler: 'rr',
      schedulerFlags: { fallback: false, port: false },
      persistenceSeconds: 0,
    },
  });
  const cleaned = async () =>
    cleanUp(
      { config: { stateDir: folder }, host, ledger, file, log: createLog('director', 'silent') },
      await removeServices(ipvs, ledger),
    );
  return { host, ipvs, ledger, file, cleaned };
}

test('nothing is left', async () => {
  const { host, ipvs, ledger, file, cleaned } = await used();
  const own = renewedFile(folder);
  writeFileSync(own, 'key and certificate');
  await cleaned();
  expect(ipvs.lines()).toEqual([]);
  expect(host.state().links).toEqual([]);
  expect([ledger.ownedVips(), ledger.undoOperations()]).toEqual([[], []]);
  expect(await file.load()).toBeUndefined();
  expect(existsSync(own)).toBe(false);
});

test('what stays is told in one line, keeps its place in the ledger, and goes the next time', async () => {
  const { host, ipvs, ledger, file, cleaned } = await used();
  ipvs.refuse('delete-service');
  host.refuse('delete-link');
  await expect(cleaned()).rejects.toThrow(
    /^clean up delete service tcp 192\.0\.2\.10:80: delete-service: the kernel answered EINVAL \(and 2 more\); run it again to continue$/,
  );
  expect(ledger.ownedVips()).toEqual(['192.0.2.10']);
  expect(ledger.undoOperations()).toHaveLength(2);
  expect(await file.load()).toBeDefined();
  ipvs.refuse(undefined);
  await expect(cleaned()).rejects.toThrow(/EBUSY \(and 1 more\); run it again to continue$/);
  expect(ledger.ownedVips()).toEqual([]);
  host.refuse(undefined);
  await cleaned();
  expect(ledger.undoOperations()).toEqual([]);
});
