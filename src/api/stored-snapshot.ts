/** A snapshot as text, for a file that another version of this program may read: it is taken in as from the wire. */
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { CausewayError, messageOf } from '../domain/error.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { snapshotChecksum } from './checksum.ts';
import { snapshotFromWire, snapshotToWire } from './convert-snapshot.ts';
import type { Snapshot__Output } from './gen/causeway/v1/Snapshot.ts';
import { manifestChecksum } from './manifest.ts';
import { loadApi } from './proto-services.ts';

/** With the checksum over the whole: a version of before, that knows no sections, reads it as its own. */
export function snapshotToText(snapshot: Snapshot): string {
  const checksum = snapshotChecksum(snapshot);
  return `${JSON.stringify(snapshotToWire({ ...snapshot, checksum }))}\n`;
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
  try {
    return deserialize(serialize(asWire(JSON.parse(text))));
  } catch (cause) {
    throw new CausewayError({
      code: 'invalid',
      operation: 'read snapshot',
      message: messageOf(cause),
      cause,
    });
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
