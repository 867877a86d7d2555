/** What Causeway has changed on this host, kept in one file so that a restart knows what is ours and `--cleanup` can undo it. */
import { dirname } from 'node:path';
import { CausewayError, messageOf } from '../domain/error.ts';
import type { HostOperation, HostState } from '../domain/host-state.ts';
import { type Disk, realDisk, replaceFile } from '../runtime/durable-file.ts';
import {
  type LedgerEntry,
  type MutableEntries,
  madeState,
  noteAbsent,
  noteDone,
  noteIntent,
  objectKey,
  restoredValue,
  undoOperations,
} from './ledger-entries.ts';
import { formatLedger, type LedgerContent, parseLedger } from './ledger-format.ts';

/**
 * Intent, then deed: what makes or changes something is recorded before it is executed, what removes something is forgotten
 * after. A crash in between leaves a record of what may exist, never a thing without a record.
 */
export interface Ledger {
  /** What we have made and must own, with our values of sysctls. */
  made(): HostState;
  /** Value of a sysctl before our first change; undefined where we changed none. */
  previous(sysctlName: string): string | undefined;
  /** What a setting is to be where it has `current` and all is undone; undefined: what others put there stays. */
  restored(sysctlName: string, current: string): string | undefined;
  /** Forgets what is not `wanted`, and of which `actual`, a reading of all that we have made, has nothing. `nft`: it tells of tables. */
  absent(wanted: HostState, actual: HostState, nft: boolean): Promise<void>;
  /** To be called before the operations are executed; durable when it resolves. One write, or none where all is on disk. */
  record(operations: readonly HostOperation[]): Promise<void>;
  /** To be called after the operations were executed. */
  done(operations: readonly HostOperation[]): Promise<void>;
  /** The kernel did not answer: it may have done them all the same, so what was recorded stays, whatever becomes of others on the same object. */
  unanswered(operations: readonly HostOperation[]): void;
  /** The kernel refused: what was recorded before these operations holds again. */
  refused(operations: readonly HostOperation[]): Promise<void>;
  /** Undoes everything, the last made first. */
  undoOperations(): HostOperation[];
  /** VIPs whose IPVS services are ours. */
  ownedVips(): string[];
  ownVips(vips: readonly string[]): Promise<void>;
  disownVips(vips: readonly string[]): Promise<void>;
}

/** Opens the ledger, empty where there is no file. Errors: `invalid` (unreadable content), `permission`. */
export async function openLedger(path: string, disk: Disk = realDisk): Promise<Ledger> {
  const content = await readLedger(path, disk);
  const entries: MutableEntries = new Map(
    content.entries.map((entry) => [objectKey(entry.operation), entry] as const),
  );
  const vips = new Set(content.vips);
  /** Entries as they were before operations that are under way. */
  const before = new Map<string, LedgerEntry | undefined>();
  let written: Promise<void> = Promise.resolve();
  /** How often something has changed, and up to which of these changes all is on disk. */
  let changes = 0;
  let durable = 0;

  /** One write at a time; each writes all that is known when its turn comes. */
  function save(): Promise<void> {
    const turn = async () => {
      const upTo = changes;
      await writeLedger(disk, path, { entries: [...entries.values()], vips: [...vips] });
      durable = upTo;
    };
    written = written.then(turn, turn);
    return written;
  }

  /** Also where nothing is new but the disk did not take what was: nothing rests on what only this process knows. */
  async function settle(isNews: boolean): Promise<void> {
    if (isNews) changes += 1;
    if (durable < changes) await save();
  }

  function withdraw(operation: HostOperation): boolean {
    const key = objectKey(operation);
    if (!before.has(key)) return false;
    const entry = before.get(key);
    before.delete(key);
    if (entry === undefined) return entries.delete(key);
    entries.set(key, entry);
    return true;
  }

  return {
    made: () => madeState(entries),
    previous(sysctlName) {
      const operation = entries.get(`sysctl ${sysctlName}`)?.operation;
      return operation?.kind === 'set-sysctl' ? operation.previous : undefined;
    },
    restored(sysctlName, current) {
      const entry = entries.get(`sysctl ${sysctlName}`);
      return entry && restoredValue(entry, current);
    },
    async absent(wanted, actual, nft) {
      await settle(noteAbsent(entries, wanted, actual, nft));
    },
    async record(operations) {
      let changed = false;
      for (const operation of operations) {
        const key = objectKey(operation);
        const present = entries.get(key);
        if (!noteIntent(entries, operation)) continue;
        if (!before.has(key)) before.set(key, present);
        changed = true;
      }
      await settle(changed);
    },
    async done(operations) {
      let changed = false;
      for (const operation of operations) {
        before.delete(objectKey(operation));
        changed = noteDone(entries, operation) || changed;
      }
      await settle(changed);
    },
    unanswered(operations) {
      for (const operation of operations) before.delete(objectKey(operation));
    },
    async refused(operations) {
      const changed = operations.map(withdraw);
      await settle(changed.includes(true));
    },
    undoOperations: () => undoOperations(entries),
    ownedVips: () => [...vips],
    async ownVips(wanted) {
      const size = vips.size;
      for (const vip of wanted) vips.add(vip);
      await settle(vips.size !== size);
    },
    async disownVips(unwanted) {
      const gone = unwanted.map((vip) => vips.delete(vip));
      await settle(gone.includes(true));
    },
  };
}

async function readLedger(path: string, disk: Disk): Promise<LedgerContent> {
  let text: string;
  try {
    text = await disk.readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      return { entries: [], vips: [] };
    throw ledgerError('open ledger', path, cause);
  }
  const parsed = parseLedger(text);
  if (parsed.ok) return parsed.content;
  throw new CausewayError({
    code: 'invalid',
    operation: 'open ledger',
    subject: path,
    message:
      `${parsed.found}. It says which devices, addresses, routes, rules, settings and IPVS services are Causeway's: put back ` +
      'a copy of it, or remove by hand what Causeway made on this host and then delete the file',
  });
}

async function writeLedger(disk: Disk, path: string, content: LedgerContent): Promise<void> {
  try {
    await disk.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await replaceFile(path, formatLedger(content), disk);
  } catch (cause) {
    throw ledgerError('write ledger', path, cause);
  }
}

function ledgerError(operation: string, path: string, cause: unknown): CausewayError {
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const denied = errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS';
  return new CausewayError({
    code: denied ? 'permission' : 'unavailable',
    operation,
    subject: path,
    ...(errno === undefined ? {} : { errno }),
    message: denied
      ? `${errno}: the state directory must be readable and writable for this program`
      : messageOf(cause),
    cause,
  });
}
