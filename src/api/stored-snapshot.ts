/** A snapshot as text, for a file that another version of this program may read: it is taken in as from the wire. */
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { CausewayError, messageOf } from '../domain/error.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Steps } from '../domain/steps.ts';
import { checksumSteps, snapshotChecksum } from './checksum.ts';
import { snapshotFromWire, snapshotToWire } from './convert-snapshot.ts';
import type { Snapshot__Output } from './gen/causeway/v1/Snapshot.ts';
import { manifestChecksum } from './manifest.ts';
import { loadApi } from './proto-services.ts';

/** With the checksum over the whole: a version of before, that knows no sections, reads it as its own. Yields between its parts. */
export function* snapshotToText(snapshot: Snapshot): Steps<string> {
  const checksum = yield* checksumSteps(snapshot);
  yield;
  const wire = snapshotToWire({ ...snapshot, checksum });
  yield;
  return `${yield* jsonOf(wire)}\n`;
}

/** As JSON.stringify has it. */
function* jsonOf(message: object): Steps<string> {
  const fields: string[] = [];
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined) continue;
    const isMessage = typeof value === 'object' && value !== null;
    const text = !isMessage
      ? JSON.stringify(value)
      : yield* Array.isArray(value) ? jsonOfList(value) : jsonOf(value);
    fields.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${fields.join()}}`;
}

function* jsonOfList(list: readonly unknown[]): Steps<string> {
  const items: string[] = [];
  for (const item of list) {
    items.push(JSON.stringify(item));
    yield;
  }
  return `[${items.join()}]`;
}

/**
 * Its checksum is then that of its sections. What the text lacks has its default, what this version does not know is passed over; then the checksum must be right. Throws
 * where the text is no snapshot, or not the one that was written.
 */
export function snapshotFromText(text: string): Snapshot {
  const snapshot = snapshotFromWire(wireOf(text));
  const actual = snapshotChecksum(snapshot);
  if (actual === snapshot.checksum) return { ...snapshot, checksum: manifestChecksum(snapshot) };
  throw new CausewayError({
    code: 'invalid',
    operation: 'read snapshot',
    subject: `version ${snapshot.version}`,
    message: `it says checksum ${snapshot.checksum}, its content has ${actual}`,
  });
}

/** Throws `invalid` for what is no such message. */
function wireOf(text: string): Snapshot__Output {
  const { serialize, deserialize } = shapeOfSnapshot();
  const value = parsed(text);
  try {
    return deserialize(serialize(asWire(value)));
  } catch (cause) {
    throw notRead(messageOf(cause), cause);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The reason would quote it, and there are keys in it.
    throw notRead('it is no JSON');
  }
}

function shapeOfSnapshot(): MessageTypeDefinition<object, Snapshot__Output> {
  // Every message of the files is a type of this kind; only services are not.
  return loadApi().definition['causeway.v1.Snapshot'] as MessageTypeDefinition<object, Snapshot__Output>;
}

/** Until 0.1 the content stood beside the version, and `kind` said which it was. */
function asWire(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('it is no mapping');
  if (!('kind' in value)) return value;
  const content = value.kind === 'director' ? { director: value } : { realServer: value };
  return { ...value, ...content };
}

function notRead(message: string, cause?: unknown): CausewayError {
  return new CausewayError({ code: 'invalid', operation: 'read snapshot', message, cause });
}
