/** A coordinator that asks for certificates, with a CA of its own; nothing of it outlives the test. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdminClient, connectAdmin } from '../../src/api/admin-client.ts';
import { type Coordinator, startCoordinator } from '../../src/coordinator/coordinator.ts';
import type { LineFile } from '../../src/runtime/line-file.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { materialOf, type TestAuthority, testAuthority } from '../pki/certificates.ts';

export interface Certified {
  readonly ca: TestAuthority;
  /** For files of the test. */
  readonly folder: string;
  readonly coordinator: Coordinator;
  /** Each line of the log. */
  readonly logged: readonly Record<string, unknown>[];
  /** With the certificate of `path`: `admin/alice`. */
  client(path: string): Promise<AdminClient>;
  /** What must end before the coordinator does. */
  closing(end: () => unknown): void;
  close(): Promise<void>;
}

export async function openCertified(
  options: {
    /** Plaintext for everybody instead. */
    readonly insecure?: boolean;
    readonly audit?: (folder: string) => LineFile;
  } = {},
): Promise<Certified> {
  const ca = await testAuthority();
  const folder = mkdtempSync(join(tmpdir(), 'causeway-certified-'));
  const store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  const logged: Record<string, unknown>[] = [];
  const files = await ca.issue('coordinator/fra/c1');
  const own = { role: 'coordinator', site: 'fra', name: 'c1' } as const;
  const coordinator = await startCoordinator({
    ...{ name: 'c1', listen: '127.0.0.1:0', store, clock: realClock, randomBytes },
    ...(options.insecure === true ? { insecure: true } : { tls: { files, own } }),
    audit: options.audit?.(folder),
    log: createLog('test', 'info', { write: (line) => void logged.push(JSON.parse(line)) }),
  });
  const ends: (() => unknown)[] = [];
  return {
    ...{ ca, folder, coordinator, logged },
    async client(path) {
      const tls = materialOf(await ca.issue(path));
      const client = connectAdmin({ address: `127.0.0.1:${coordinator.port}`, timeoutMs: 10_000, tls });
      ends.push(() => client.close());
      return client;
    },
    closing: (end) => void ends.push(end),
    async close() {
      for (const end of ends.splice(0)) await end();
      await coordinator.close();
      await store.close();
      rmSync(folder, { recursive: true });
      ca.remove();
    },
  };
}
