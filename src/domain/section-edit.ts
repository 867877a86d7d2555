/** A section with a long list, told by what of the list is other than in the one that the reader has. */
import { listEdit, type Splice, spliced } from './list-edit.ts';
import type { SnapshotKey } from './probe.ts';
import type { Section } from './section.ts';
import type { SnapshotDestination, SnapshotDirector, SnapshotRealServer } from './snapshot.ts';

export type SectionItem = SnapshotRealServer | SnapshotDestination | SnapshotDirector | SnapshotKey;

export interface SectionEdit {
  /** The section without its list. */
  readonly head: Section;
  readonly splices: readonly Splice<SectionItem>[];
}

/** Undefined where it is of a kind without a list, or is shorter told as a whole. */
export function sectionEdit(
  base: Section,
  next: Section,
  isSame: (a: SectionItem, b: SectionItem) => boolean,
): SectionEdit | undefined {
  if (base.kind !== next.kind) return undefined;
  const [before, after] = [listOf(base), listOf(next)];
  if (before === undefined || after === undefined) return undefined;
  const splices = listEdit(before, after, keyOf, isSame);
  if (splices === undefined) return undefined;
  const told = splices.reduce((sum, { insert }) => sum + insert.length + 1, 0);
  return told < after.length ? { head: withList(next, []), splices } : undefined;
}

/** Undefined where it does not fit the base. */
export function editedSection(base: Section, { head, splices }: SectionEdit): Section | undefined {
  const before = base.kind === head.kind ? listOf(base) : undefined;
  const list = before && spliced(before, splices);
  return list && withList(head, list);
}

function listOf(section: Section): readonly SectionItem[] | undefined {
  switch (section.kind) {
    case 'servers':
      return section.servers;
    case 'service':
      return section.service.destinations;
    case 'directors':
      return section.directors;
    case 'keys':
      return section.keys;
    default:
      return undefined;
  }
}

/** The items are those of the section's kind: both ends take them from there. */
function withList(section: Section, list: readonly SectionItem[]): Section {
  switch (section.kind) {
    case 'servers':
      return { ...section, servers: list.filter((item) => 'probeSlot' in item) };
    case 'service':
      return {
        ...section,
        service: { ...section.service, destinations: list.filter((item) => 'realServer' in item) },
      };
    case 'directors':
      return {
        ...section,
        directors: list.filter(isDirector),
      };
    case 'keys':
      return { ...section, keys: list.filter((item) => 'keyHex' in item) };
    default:
      return section;
  }
}

export function isDirector(item: SectionItem): item is SnapshotDirector {
  return !('realServer' in item || 'probeSlot' in item || 'keyHex' in item);
}

function keyOf(item: SectionItem): string {
  if ('realServer' in item) return item.realServer;
  if ('keyHex' in item) return `${item.name} ${item.epoch}`;
  return 'probeSlot' in item ? item.name : `${item.name} ${item.forwarding}`;
}
