/** What tells one snapshot from another by its sections: the hash of each, and a checksum over them. Made once for all who share them. */
import { createHash } from 'node:crypto';
import { divided, pathOf, type Section, type SnapshotContent } from '../domain/section.ts';
import { atOnce, type Steps } from '../domain/steps.ts';
import { canonicalJson, spelled, spelledDestination } from './checksum.ts';

/** Compared by identity: whoever holds the same section holds the same value. */
export interface HashedSection {
  readonly path: string;
  /** The first 128 bits of SHA-256 over its canonical spelling, hex. */
  readonly hash: string;
  readonly section: Section;
}

export interface Manifest {
  readonly kind: SnapshotContent['kind'];
  /** SHA-256 over the paths and hashes of all sections, hex. */
  readonly checksum: string;
  readonly sections: ReadonlyMap<string, HashedSection>;
}

/** Gives the same values for the same content again, for as long as they are in use. */
export interface Sectioner {
  /** Yields between sections. */
  manifestOf(content: SnapshotContent): Steps<Manifest>;
  /** Of sections that are hashed already. */
  manifest(kind: Manifest['kind'], sections: Iterable<HashedSection>): Manifest;
  /** Yields where its list is long. */
  hashed(section: Section): Steps<HashedSection>;
}

const hashLetters = 32;
/** Of one path: as many as there are places from which the same looks different. */
const variantsAtMost = 256;
/** What was not asked for while so many new ones came is forgotten. */
const newOnesAtLeast = 1_000;
/** Of lists in sections; a section without one counts as one. */
const elementsAStep = 1_000;

export function createSectioner(): Sectioner {
  const variants = createCache<HashedSection[]>();
  const manifests = createCache<Manifest>();

  function* hashed(section: Section): Steps<HashedSection> {
    const path = pathOf(section);
    const known = variants.get(path) ?? [];
    const found = known.find((one) => isSame(one.section, section));
    if (found !== undefined) return found;
    const hash = yield* hashOf(section);
    const equal = known.find((one) => one.hash === hash);
    if (equal !== undefined) return equal;
    const made = { path, hash, section };
    variants.set(path, [made, ...known.slice(0, variantsAtMost - 1)]);
    return made;
  }

  function manifest(kind: Manifest['kind'], sections: Iterable<HashedSection>): Manifest {
    const listed = [...sections].toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const sum = createHash('sha256').update(`${kind}\n`);
    for (const { path, hash } of listed) sum.update(`${hash} ${path}\n`);
    const checksum = sum.digest('hex');
    const known = manifests.get(checksum);
    if (known !== undefined) return known;
    const made = { kind, checksum, sections: new Map(listed.map((one) => [one.path, one])) };
    manifests.set(checksum, made);
    return made;
  }

  return {
    hashed,
    manifest,
    *manifestOf(content) {
      const sections: HashedSection[] = [];
      let elements = 0;
      for (const section of divided(content)) {
        sections.push(yield* hashed(section));
        elements += 1 + elementsOf(section);
        if (elements < elementsAStep) continue;
        elements = 0;
        yield;
      }
      return manifest(content.kind, sections);
    },
  };
}

/** The checksum of one snapshot alone. */
export function manifestChecksum(content: SnapshotContent): string {
  return atOnce(createSectioner().manifestOf(content)).checksum;
}

/** What was not used since as much again came anew goes. */
function createCache<Value>(): Pick<Map<string, Value>, 'get'> & { set(key: string, value: Value): void } {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  let added = 0;
  return {
    get(key) {
      const found = young.get(key) ?? old.get(key);
      if (found !== undefined) young.set(key, found);
      return found;
    },
    set(key, value) {
      young.set(key, value);
      added += 1;
      if (added < newOnesAtLeast + young.size) return;
      [old, young, added] = [young, new Map(), 0];
    },
  };
}

function elementsOf(section: Section): number {
  switch (section.kind) {
    case 'denied':
      return section.denied.length;
    case 'servers':
      return section.servers.length;
    case 'service':
      return section.service.destinations.length;
    case 'directors':
      return section.directors.length;
    case 'keys':
      return section.keys.length;
    default:
      return 0;
  }
}

function* hashOf(section: Section): Steps<string> {
  const hash = createHash('sha256');
  for (const text of spelling(section)) {
    hash.update(text);
    yield;
  }
  return hash.digest('hex').slice(0, hashLetters);
}

/** Beside what is in the path, all that a section says, in parts. */
function spelling(section: Section): Iterable<string> {
  switch (section.kind) {
    case 'probe':
      return [canonicalJson(section.probe)];
    case 'deleted':
      return [canonicalJson(section.names)];
    case 'ipvs':
      return [canonicalJson(section.values)];
    case 'announce':
      return [section.how];
    case 'denied':
      return listed('', section.denied);
    case 'servers':
      return listed('', section.servers);
    case 'service': {
      const { destinations, ...head } = section.service;
      return listed(canonicalJson(head), destinations, spelledDestination);
    }
    case 'carried':
      return [spelled(section.service)];
    case 'host':
      return [
        canonicalJson([
          section.tunnel,
          section.alsoTunnels,
          // What came later is spelt where there is any of it: what knew nothing of it has the same hash.
          ...(section.alsoPorts.length + section.guePorts.length === 0 ? [] : [section.alsoPorts]),
          ...(section.guePorts.length === 0 ? [] : [section.guePorts]),
        ]),
      ];
    case 'directors':
      return listed('', section.directors);
    case 'keys':
    case 'collecting':
      return listed('', section.keys);
    case 'collectors':
      return listed('', section.collectors);
  }
}

function* listed<Item extends object>(
  head: string,
  items: readonly Item[],
  spell: (item: Item) => string = canonicalJson,
): Iterable<string> {
  if (items.length === 0) yield head;
  for (let at = 0; at < items.length; at += elementsAStep) {
    const part = items
      .slice(at, at + elementsAStep)
      .map(spell)
      .join();
    yield `${at === 0 ? head : ','}${part}`;
  }
}

/** By identity: what changed is another value. Two that are equal and not the same are found equal by their hash. */
function isSame(a: Section, b: Section): boolean {
  switch (a.kind) {
    case 'probe':
      return b.kind === 'probe' && a.probe === b.probe;
    case 'deleted':
      return b.kind === 'deleted' && areSame(a.names, b.names);
    case 'ipvs':
      return b.kind === 'ipvs' && a.values === b.values;
    case 'announce':
      return b.kind === 'announce' && a.how === b.how;
    case 'denied':
      return b.kind === 'denied' && areSame(a.denied, b.denied);
    case 'servers':
      return b.kind === 'servers' && areSame(a.servers, b.servers);
    case 'service':
      return b.kind === 'service' && a.service === b.service;
    case 'host':
      return (
        b.kind === 'host' &&
        a.tunnel === b.tunnel &&
        areSame(a.alsoTunnels, b.alsoTunnels) &&
        areSame(a.alsoPorts, b.alsoPorts) &&
        areSame(a.guePorts, b.guePorts)
      );
    case 'carried':
      return b.kind === 'carried' && a.service === b.service;
    case 'directors':
      return b.kind === 'directors' && areSame(a.directors, b.directors);
    case 'keys':
    case 'collecting':
      return b.kind === a.kind && areSame(a.keys, b.keys);
    case 'collectors':
      return b.kind === 'collectors' && areSame(a.collectors, b.collectors);
  }
}

function areSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
}
