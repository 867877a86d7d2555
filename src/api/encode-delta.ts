/** A snapshot as what is other than what its reader has, in bytes: what many readers get is encoded once for all of them. */
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { sectionEdit } from '../domain/section-edit.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { spelled } from './checksum.ts';
import { sectionEditToWire, sectionToWire } from './convert-section.ts';
import type { Section as WireSection } from './gen/causeway/v1/Section.ts';
import type { SnapshotDelta } from './gen/causeway/v1/SnapshotDelta.ts';
import type { HashedSection, Manifest } from './manifest.ts';
import { loadApi } from './proto-services.ts';

/** Fields of proto/causeway/v1/agents.proto; all are of wire type 2, length-delimited. */
const field = { deltaOfMessage: 3, changedOfDelta: 9 } as const;

/** A CoordinatorMessage. `base`: what the reader has acknowledged; undefined: everything is told. */
export function encodeDelta(snapshot: Snapshot, manifest: Manifest, base: Manifest | undefined): Buffer {
  const { version, checksum, epoch = 0, force, revision = 0, asked = [] } = snapshot;
  const parts: Buffer[] = [];
  for (const section of manifest.sections.values()) {
    const before = base?.sections.get(section.path);
    if (before?.hash !== section.hash) parts.push(changed(section, before));
  }
  const removed =
    base === undefined ? [] : [...base.sections.keys()].filter((path) => !manifest.sections.has(path));
  const head: SnapshotDelta = {
    version,
    epoch,
    checksum,
    baseChecksum: base?.checksum ?? '',
    force,
    revision,
    asked: asked.map((one) => ({ ...one })),
    role: manifest.kind,
    removed,
  };
  return delimited(field.deltaOfMessage, [serialized('SnapshotDelta', head), ...parts]);
}

const wholes = new WeakMap<HashedSection, Buffer>();
const edits = new WeakMap<HashedSection, WeakMap<HashedSection, Buffer>>();

function changed(section: HashedSection, before: HashedSection | undefined): Buffer {
  if (before === undefined) return whole(section);
  const known = edits.get(section) ?? new WeakMap<HashedSection, Buffer>();
  edits.set(section, known);
  const bytes = known.get(before) ?? edited(section, before);
  known.set(before, bytes);
  return bytes;
}

function whole(section: HashedSection): Buffer {
  const bytes = wholes.get(section) ?? encoded(section, sectionToWire(section.section));
  wholes.set(section, bytes);
  return bytes;
}

function edited(section: HashedSection, before: HashedSection): Buffer {
  const edit = sectionEdit(before.section, section.section, (a, b) => a === b || spelled(a) === spelled(b));
  return edit === undefined ? whole(section) : encoded(section, sectionEditToWire(edit));
}

function encoded({ path, hash }: HashedSection, wire: WireSection): Buffer {
  return delimited(field.changedOfDelta, [serialized('Section', { ...wire, path, hash })]);
}

function serialized(name: 'SnapshotDelta' | 'Section', message: object): Buffer {
  // Every message of the files is a type of this kind; only services are not.
  const type = loadApi().definition[`causeway.v1.${name}`] as MessageTypeDefinition<object, object>;
  return type.serialize(message);
}

/** A field that holds these bytes: its tag, their length, they. */
function delimited(number: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, { length: bytes }) => sum + bytes, 0);
  const begin = [(number << 3) | 2];
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) begin.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...begin, rest]), ...parts]);
}
