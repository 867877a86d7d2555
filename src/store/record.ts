/** What stands under each key: JSON, checked on the way in. Fields that a newer version added are passed over. */
import type * as z from 'zod';
import type { Asked } from '../domain/asked.ts';
import type { LiveCoordinator } from '../domain/coordinator.ts';
import type { Denial } from '../domain/denial.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import type { KeptEstimates } from '../domain/estimates.ts';
import type { ServiceFlows } from '../domain/flows.ts';
import type { Handover } from '../domain/handover.ts';
import type { KeptMemory, SiteWeights } from '../domain/leader-memory.ts';
import type { Member } from '../domain/member.ts';
import type { ProbeSecrets } from '../domain/probe.ts';
import type { LatencyEntry } from '../domain/report.ts';
import type { Resource } from '../domain/resource.ts';
import type { ReturnPathRecord } from '../domain/return-path.ts';
import type { Revision, Touched } from '../domain/revision.ts';
import * as keys from './keys.ts';
import { resourceRecord } from './record-declared.ts';
import { keptRecords } from './record-kept.ts';

/** Owner '' is a slot that was given back; the revision of that write says how long ago. */
export interface ProbeSlotRecord {
  readonly owner: string;
}

/** What an operator asked for; when, the revision of the record says. */
export interface AskedRecord extends Pick<Asked, 'subject' | 'name'> {
  /** With force: told to agents that had refused, as well. */
  readonly forced: boolean;
}

export interface ProbeKeyRecord {
  readonly keyHex: string;
}

/** A service that was deleted on purpose. */
export interface DeletedServiceRecord {
  readonly name: string;
}

/** A revision, but for what it touched, which stands in its parts. */
export interface RevisionRecord extends Omit<Revision, 'touched'> {
  readonly parts: number;
  /** Of all its parts: counted against what the history may hold. */
  readonly bytes: number;
  /** Of one in progress: how many of its changes are made, in the order of its parts. */
  readonly made: number;
}

/** What a revision touched; what was there before and after it is read when somebody asks (`revision-changes.ts`). */
export interface RevisionPartRecord {
  readonly number: number;
  readonly part: number;
  readonly changes: readonly Touched[];
}

export type StoreRecord =
  | { readonly kind: 'revision'; readonly value: RevisionRecord }
  | { readonly kind: 'revision-part'; readonly value: RevisionPartRecord }
  | { readonly kind: 'resource'; readonly value: Resource }
  | { readonly kind: 'member'; readonly value: Member }
  | { readonly kind: 'slot'; readonly value: ProbeSlotRecord }
  | { readonly kind: 'latency'; readonly value: LatencyEntry }
  | { readonly kind: 'return-path'; readonly value: ReturnPathRecord }
  | { readonly kind: 'flows'; readonly value: ServiceFlows }
  | { readonly kind: 'weights'; readonly value: SiteWeights }
  | { readonly kind: 'leader-memory'; readonly value: KeptMemory }
  | { readonly kind: 'estimates'; readonly value: KeptEstimates }
  | { readonly kind: 'deleted-service'; readonly value: DeletedServiceRecord }
  | { readonly kind: 'probe-key'; readonly value: ProbeKeyRecord }
  | { readonly kind: 'probe-secrets'; readonly value: ProbeSecrets }
  | { readonly kind: 'asked'; readonly value: AskedRecord }
  | { readonly kind: 'handover'; readonly value: Handover }
  | { readonly kind: 'denial'; readonly value: Denial }
  | { readonly kind: 'coordinator'; readonly value: LiveCoordinator };

const schemas = { resource: resourceRecord, ...keptRecords } satisfies {
  readonly [Kind in StoreRecord['kind']]: z.ZodType<Extract<StoreRecord, { kind: Kind }>['value']>;
};

/** Which record a key holds; undefined for keys of another version of Causeway. */
function kindOf(key: string): StoreRecord['kind'] | undefined {
  if (key.startsWith(keys.resourcePrefix)) return 'resource';
  if (key.startsWith(keys.memberPrefix)) return 'member';
  if (key.startsWith(keys.slotPrefix)) return 'slot';
  if (key.startsWith(keys.latencyPrefix)) return 'latency';
  if (key.startsWith(keys.returnPathPrefix)) return 'return-path';
  if (key.startsWith(keys.flowsPrefix)) return 'flows';
  if (key.startsWith(keys.weightsPrefix)) return 'weights';
  if (key === keys.leaderMemoryKey) return 'leader-memory';
  if (key.startsWith(keys.estimatesPrefix)) return 'estimates';
  if (key.startsWith(keys.deletedServicePrefix)) return 'deleted-service';
  if (key === keys.probeKeyKey) return 'probe-key';
  if (key === keys.probeSecretsKey) return 'probe-secrets';
  if (key.startsWith(keys.handoverPrefix)) return 'handover';
  if (key.startsWith(keys.denialPrefix)) return 'denial';
  if (key.startsWith(keys.coordinatorPrefix)) return 'coordinator';
  if (key.startsWith(keys.historyPrefix))
    return key.indexOf('/', keys.historyPrefix.length) < 0 ? 'revision' : 'revision-part';
  return key.startsWith(keys.askedPrefix) ? 'asked' : undefined;
}

export function encodeRecord(record: StoreRecord): string {
  return JSON.stringify(record.value);
}

/**
 * The record under a key; undefined where the key is none of ours.
 * `location`: the store's, for the message. Errors: `invalid` where the record is damaged.
 */
export function decodeRecord(key: string, text: string, location: string): StoreRecord | undefined {
  const kind = kindOf(key);
  if (kind === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The reason would quote it, and it may be a secret.
    throw corrupt(key, location, 'it is no JSON', undefined);
  }
  const result = schemas[kind].safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw corrupt(key, location, `${issue?.path.join('.') || 'record'}: ${issue?.message}`, result.error);
  }
  // The schema of the kind produced this value; TypeScript can't follow the pair through the table.
  const record = { kind, value: result.data } as StoreRecord;
  let own: string | undefined;
  try {
    own = ownKey(record);
  } catch (error) {
    // A name of half a character has no key.
    throw corrupt(key, location, messageOf(error), error);
  }
  if (own !== undefined && own !== key) throw corrupt(key, location, `it is that of ${own}`, undefined);
  return record;
}

/** Where a record belongs by what it says; undefined where it does not say. */
function ownKey(record: StoreRecord): string | undefined {
  switch (record.kind) {
    case 'resource':
      return keys.resourceKey(record.value);
    case 'member':
      return keys.memberKey(record.value.role, record.value.name);
    case 'latency':
      return keys.latencyKey(record.value.from, record.value.to);
    case 'return-path':
      return keys.returnPathKey(record.value.realServer);
    case 'flows':
      return keys.flowsKey(record.value.service);
    case 'weights':
      return keys.weightsKey(record.value.service, record.value.site);
    case 'estimates':
      return keys.estimatesKey(record.value.part);
    case 'deleted-service':
      return keys.deletedServiceKey(record.value.name);
    case 'asked':
      return keys.askedKey(record.value);
    case 'denial':
      return keys.denialKey(record.value);
    case 'coordinator':
      return keys.coordinatorKey(record.value.name);
    case 'revision':
      return keys.revisionKey(record.value.number);
    case 'revision-part':
      return keys.revisionPartKey(record.value.number, record.value.part);
    default:
      return undefined;
  }
}

function corrupt(key: string, location: string, reason: string, cause: unknown): CausewayError {
  return new CausewayError({
    code: 'invalid',
    operation: 'read record',
    subject: `${key} in ${location}`,
    message: `the record is damaged (${reason}); restore the store from a backup, or delete this key`,
    cause,
  });
}
