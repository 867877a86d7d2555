/** A snapshot as what is other than what its reader has, in bytes: what many readers get is encoded once for all of them. */
import { sectionEdit } from '../domain/section-edit.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Steps } from '../domain/steps.ts';
import { canonicalJson } from './checksum.ts';
import { sectionEditToWire, sectionToWire } from './convert-section.ts';
import { delimitedField, encodedMessage, keepable } from './encoded.ts';
import type { Section as WireSection } from './gen/causeway/v1/Section.ts';
import type { SnapshotDelta } from './gen/causeway/v1/SnapshotDelta.ts';
import type { HashedSection, Manifest } from './manifest.ts';

/** Of proto/causeway/v1/agents.proto. */
const fields = { deltaOfMessage: 3, changedOfDelta: 9 } as const;

/** A CoordinatorMessage. `base`: what the reader has acknowledged; undefined: everything is told. Yields between sections. */
export function* encodeDelta(
  snapshot: Snapshot,
  manifest: Manifest,
  base: Manifest | undefined,
): Steps<Buffer> {
  const { version, checksum, epoch = 0, force, revision = 0, asked = [] } = snapshot;
  const head: SnapshotDelta = {
    version,
    epoch,
    checksum,
    baseChecksum: base?.checksum ?? '',
    force,
    revision,
    asked: asked.map((one) => ({ ...one })),
    role: manifest.kind,
    removed: [...(base?.sections.keys() ?? [])].filter((path) => !manifest.sections.has(path)),
  };
  const parts = [yield* encodedMessage('SnapshotDelta', head)];
  for (const section of manifest.sections.values()) {
    const before = base?.sections.get(section.path);
    if (before?.hash !== section.hash) parts.push(yield* changed(section, before));
  }
  return Buffer.concat(delimitedField(fields.deltaOfMessage, Buffer.concat(parts)));
}

const wholes = new WeakMap<HashedSection, Buffer>();
const edits = new WeakMap<HashedSection, WeakMap<HashedSection, Buffer>>();

function* changed(section: HashedSection, before: HashedSection | undefined): Steps<Buffer> {
  if (before === undefined) return yield* whole(section);
  const known = edits.get(section) ?? new WeakMap<HashedSection, Buffer>();
  edits.set(section, known);
  const bytes = known.get(before) ?? (yield* edited(section, before));
  known.set(before, bytes);
  return bytes;
}

function* whole(section: HashedSection): Steps<Buffer> {
  const bytes = wholes.get(section) ?? (yield* encoded(section, sectionToWire(section.section)));
  wholes.set(section, bytes);
  return bytes;
}

function* edited(section: HashedSection, before: HashedSection): Steps<Buffer> {
  const isSame = (a: object, b: object): boolean => a === b || canonicalJson(a) === canonicalJson(b);
  const edit = sectionEdit(before.section, section.section, isSame);
  return yield* edit === undefined ? whole(section) : encoded(section, sectionEditToWire(edit));
}

function* encoded({ path, hash }: HashedSection, wire: WireSection): Steps<Buffer> {
  const bytes = yield* encodedMessage('Section', { ...wire, path, hash });
  yield;
  return keepable(delimitedField(fields.changedOfDelta, bytes));
}
