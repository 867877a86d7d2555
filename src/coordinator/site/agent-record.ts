/** What this coordinator knows of each agent beyond the store: its stream, its last report, what it was sent. */
import type { AgentStream } from '../../api/handlers.ts';
import type { Manifest } from '../../api/manifest.ts';
import { type AgentHello, type AgentReport, emptyReport } from '../../domain/agent-message.ts';
import type { AgentRole } from '../../domain/role.ts';
import type { AgentWord, AgentWords } from '../../plan/observe/agent-word.ts';

/** A snapshot by what tells it apart. */
export interface Sent {
  readonly version: number;
  readonly checksum: string;
  readonly force: boolean;
  /** The store's revision that it was made from. */
  readonly revision?: number;
}

export interface AgentRecord extends AgentWord {
  /** Undefined while it is not connected. */
  stream: AgentStream | undefined;
  report: AgentReport;
  reportedAtMs: number;
  lastSeenMs: number;
  wanted: Sent | undefined;
  applied: AgentWord['applied'];
  /** It is sent what has changed, and its checksums are those over sections. */
  takesSections: boolean;
  /** What it has, as far as that is known. */
  held: Manifest | undefined;
  refusal: string;
}

export interface AgentRecords {
  find(role: AgentRole, name: string): AgentRecord | undefined;
  /** Made on first use. */
  get(role: AgentRole, name: string): AgentRecord;
  /** Whoever is neither connected nor a member any more is forgotten. */
  keepMembers(isMember: (role: AgentRole, name: string) => boolean): void;
  all(): Iterable<AgentRecord>;
  /** Of one role, or all. */
  connected(role?: AgentRole): readonly AgentRecord[];
  /** As they are now, for work that others have turns in. */
  copy(): AgentWords;
}

export function createAgentRecords(): AgentRecords {
  const records = emptyRecords();
  return {
    ...lookups(records),
    get(role, name) {
      const found = records[role].get(name) ?? emptyRecord(role, name);
      records[role].set(name, found);
      return found;
    },
    keepMembers(isMember) {
      for (const { role, name, stream } of allOf(records))
        if (stream === undefined && !isMember(role, name)) records[role].delete(name);
    },
    all: () => allOf(records),
    copy() {
      const copies = emptyRecords();
      for (const record of allOf(records)) copies[record.role].set(record.name, copyOf(record));
      return lookups(copies);
    },
  };
}

/** By name: looked up for every real server at every plan. */
type RecordsByRole = Readonly<Record<AgentRole, Map<string, AgentRecord>>>;

function emptyRecords(): RecordsByRole {
  return { director: new Map(), realserver: new Map() };
}

function* allOf(records: RecordsByRole): Iterable<AgentRecord> {
  for (const own of Object.values(records)) yield* own.values();
}

function lookups(records: RecordsByRole): Pick<AgentRecords, 'find' | 'connected'> {
  return {
    find: (role, name) => records[role].get(name),
    connected(role) {
      const found: AgentRecord[] = [];
      for (const record of role === undefined ? allOf(records) : records[role].values())
        if (record.stream !== undefined) found.push(record);
      return found;
    },
  };
}

function emptyRecord(role: AgentRole, name: string): AgentRecord {
  return {
    role,
    name,
    stream: undefined,
    get isConnected() {
      return this.stream !== undefined;
    },
    report: emptyReport,
    reportedAtMs: Number.NEGATIVE_INFINITY,
    lastSeenMs: 0,
    wanted: undefined,
    applied: { version: 0, checksum: '', revision: 0 },
    takesSections: false,
    held: undefined,
    refusal: '',
  };
}

/** Field by field: a spread of what has a getter takes many times as long, and there are tens of thousands. */
function copyOf(record: AgentRecord): AgentRecord {
  const { role, name, stream, report, reportedAtMs, lastSeenMs, wanted } = record;
  const { applied, takesSections, held, refusal } = record;
  return {
    ...{ role, name, stream, isConnected: stream !== undefined, report, reportedAtMs, lastSeenMs, wanted },
    ...{ applied, takesSections, held, refusal },
  };
}

/** An agent introduces itself: its word on what is applied counts, and a report of an earlier life does not. */
export function greet(record: AgentRecord, hello: AgentHello, stream: AgentStream, nowMs: number): void {
  record.stream = stream;
  record.lastSeenMs = nowMs;
  const { appliedVersion: version, appliedChecksum: checksum, appliedRevision: revision = 0 } = hello;
  record.applied = { version, checksum, revision };
  record.takesSections = hello.takesSections === true;
  if (record.held?.checksum !== checksum) record.held = undefined;
  record.refusal = '';
}

/**
 * What to send an agent whose content has this checksum now, or undefined where it has it or is about to.
 * `fresh`: it has just connected, so that what was sent before may never have arrived. `insistedAt`: the store's revision at which
 * the operator insisted last.
 */
export function nextSnapshot(
  record: Pick<AgentRecord, 'wanted' | 'applied'>,
  checksum: string,
  force: boolean,
  fresh: boolean,
  insistedAt = 0,
): Sent | undefined {
  const { wanted, applied } = record;
  const version = Math.max(wanted?.version ?? 0, applied.version) + 1;
  if (fresh || wanted === undefined) {
    return applied.checksum === checksum ? undefined : { version, checksum, force };
  }
  if (wanted.checksum !== checksum) return { version, checksum, force };
  // The same content once more, where it was held back as implausible and the operator now insists.
  const isNew = !wanted.force || insistedAt > (wanted.revision ?? insistedAt);
  const insists = force && isNew && applied.checksum !== checksum;
  return insists ? { version, checksum, force } : undefined;
}
