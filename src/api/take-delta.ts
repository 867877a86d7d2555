/** How an agent makes a snapshot of what it has and of what has changed; nothing is taken of a delta that is not right in all its parts. */
import { CausewayError } from '../domain/error.ts';
import { agentRoles } from '../domain/role.ts';
import { assembled, type Section, type SnapshotContent } from '../domain/section.ts';
import { editedSection } from '../domain/section-edit.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Steps } from '../domain/steps.ts';
import { checksumSteps, snapshotChecksum } from './checksum.ts';
import { sectionFromWire, splicesFromWire } from './convert-section.ts';
import { envelopeFromWire, snapshotFromWire } from './convert-snapshot.ts';
import { createWordReader, type WordReader } from './convert-words.ts';
import type { Section__Output } from './gen/causeway/v1/Section.ts';
import type { Snapshot__Output } from './gen/causeway/v1/Snapshot.ts';
import type { SnapshotDelta__Output } from './gen/causeway/v1/SnapshotDelta.ts';
import { createSectioner, type HashedSection, type Manifest } from './manifest.ts';

/** An agent's side of the sections: what of a snapshot has not changed stays the same value from one to the next. */
export interface Taker {
  /** Undefined: it is against something else than what is held. Throws with the reason where it can't be used. Yields between sections. */
  take(wire: SnapshotDelta__Output, held: Snapshot | undefined): Steps<Snapshot | undefined>;
  /** From a coordinator that knows no sections: with the checksum over the hashes of them. Throws likewise. */
  takeWhole(wire: Snapshot__Output): Steps<Snapshot>;
  /** That over the whole, by which coordinators that know no sections know it. */
  wholeChecksumOf(content: SnapshotContent): string;
}

export function createTaker(): Taker {
  const sectioner = createSectioner();
  const manifests = new WeakMap<SnapshotContent, Manifest>();
  const wholes = new WeakMap<SnapshotContent, string>();

  function* manifestOf(content: SnapshotContent): Steps<Manifest> {
    const known = manifests.get(content) ?? (yield* sectioner.manifestOf(content));
    manifests.set(content, known);
    return known;
  }

  function* taken(wire: Section__Output, base: HashedSection | undefined): Steps<HashedSection> {
    const words = createWordReader();
    const subject = `section ${wire.path}`;
    const section = sectionOf(wire, base?.section, words);
    if (section === undefined) throw unreadable(subject, 'of a kind or a base that this agent does not have');
    words.refuseProblems('read snapshot', subject);
    yield;
    const hashed = yield* sectioner.hashed(section);
    if (hashed.path === wire.path && hashed.hash === wire.hash) return hashed;
    throw unreadable(
      subject,
      `hash ${wire.hash} was announced, the content has ${hashed.hash} (${hashed.path})`,
    );
  }

  return {
    wholeChecksumOf(content) {
      const known = wholes.get(content) ?? snapshotChecksum(content);
      wholes.set(content, known);
      return known;
    },
    *takeWhole(wire) {
      const snapshot = snapshotFromWire(wire);
      yield;
      const actual = yield* checksumSteps(snapshot);
      if (actual !== snapshot.checksum)
        throw unreadable(
          `version ${snapshot.version}`,
          `checksum ${snapshot.checksum} was announced, the content has ${actual}`,
        );
      return { ...snapshot, checksum: (yield* manifestOf(snapshot)).checksum };
    },
    *take(wire, held) {
      const base = wire.baseChecksum === '' ? undefined : held && (yield* manifestOf(held));
      if (base?.checksum !== (wire.baseChecksum || undefined)) return undefined;
      const subject = `version ${wire.version}`;
      const kind = agentRoles.find((role) => role === wire.role);
      if (kind === undefined)
        throw unreadable(subject, `role ${JSON.stringify(wire.role)} is not known here`);
      const sections = new Map(base?.sections);
      for (const path of wire.removed) sections.delete(path);
      for (const one of wire.changed) {
        sections.set(one.path, yield* taken(one, base?.sections.get(one.path)));
        yield;
      }
      const manifest = sectioner.manifest(kind, sections.values());
      if (manifest.checksum !== wire.checksum)
        throw unreadable(
          subject,
          `checksum ${wire.checksum} was announced, the sections have ${manifest.checksum}`,
        );
      const content = assembled(
        kind,
        [...sections.values()].map(({ section }) => section),
      );
      if (content === undefined)
        throw unreadable(subject, 'a section is missing without which there is no snapshot');
      const snapshot = {
        ...content,
        version: wire.version,
        checksum: wire.checksum,
        ...envelopeFromWire(wire),
      };
      manifests.set(snapshot, manifest);
      return snapshot;
    },
  };

  function unreadable(subject: string, message: string): CausewayError {
    return new CausewayError({
      code: 'refused',
      operation: 'read snapshot',
      subject,
      message: `${message}: damaged, or of a version this agent can't read`,
    });
  }
}

function sectionOf(wire: Section__Output, base: Section | undefined, words: WordReader): Section | undefined {
  const section = sectionFromWire(wire, words);
  if (section === undefined || !wire.isEdit) return section;
  return base && editedSection(base, { head: section, splices: splicesFromWire(wire, words) });
}
