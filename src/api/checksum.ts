/** How both ends know that they hold the same snapshot: SHA-256 over one canonical spelling of its content. */
import { createHash, type Hash } from 'node:crypto';
import type { SnapshotContent } from '../domain/section.ts';
import type { Snapshot, SnapshotDestination } from '../domain/snapshot.ts';
import { atOnce, type Steps } from '../domain/steps.ts';

/**
 * SHA-256 of the content, hex: of snapshots that are sent and stored whole. What travels around one is not part of it, nor what programs
 * of 0.1.0 know nothing of: they reckon it alike.
 */
export function snapshotChecksum(snapshot: SnapshotContent): string {
  return atOnce(checksumSteps(snapshot));
}

/** The same, yielding between parts. */
export function* checksumSteps(snapshot: SnapshotContent): Steps<string> {
  const {
    version: _v,
    checksum: _c,
    epoch: _e,
    force: _f,
    revision: _r,
    asked: _a,
    ...later
  } = snapshot as Snapshot;
  const of = { alsoPorts: undefined, guePorts: undefined, ipvs: undefined, announce: undefined, ...later };
  const { alsoPorts: _p, keys: _k, guePorts: _g, ipvs: _i, announce: _n, ...content } = of;
  const hash = createHash('sha256');
  let begin = '{';
  for (const [key, value] of Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (Array.isArray(value) && value.length > 0) {
      hash.update(`${begin}${JSON.stringify(key)}:[`);
      yield* spelt(value, hash);
      hash.update(']');
    } else {
      const text = canonicalJson(value);
      if (defaults.has(text)) continue;
      hash.update(`${begin}${JSON.stringify(key)}:${text}`);
    }
    begin = ',';
  }
  return hash.update(begin === '{' ? '{}' : '}').digest('hex');
}

const elementsAStep = 500;
const lettersAStep = 64 * 1_024;

/** A service's text may be as long as a thousand real servers'. */
function* spelt(list: readonly unknown[], hash: Hash): Steps<void> {
  let texts: string[] = [];
  let letters = 0;
  for (const [index, element] of list.entries()) {
    const text = typeof element === 'object' && element !== null ? spelled(element) : canonicalJson(element);
    texts.push(index === 0 ? text : `,${text}`);
    letters += text.length;
    if (texts.length < elementsAStep && letters < lettersAStep) continue;
    hash.update(texts.join(''));
    texts = [];
    letters = 0;
    yield;
  }
  hash.update(texts.join(''));
}

/**
 * JSON with sorted keys. As in proto3, a field at its default (0, '', false, empty) is as absent: so a field that a
 * newer version adds changes no checksum until somebody uses it. Elements of lists always stand.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  let text = '';
  const fields: Readonly<Record<string, unknown>> = { ...value };
  for (const key of Object.keys(fields).sort()) {
    const field = canonicalJson(fields[key]);
    if (!defaults.has(field)) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${field}`;
  }
  return `{${text}}`;
}

const spellings = new WeakMap<object, string>();

/** The same of a value that never changes: worked out once, however many snapshots share it. */
export function spelled(value: object): string {
  const known = spellings.get(value) ?? canonicalJson(value);
  spellings.set(value, known);
  return known;
}

/**
 * As `canonicalJson` has it, in a third of its time. A large fleet has a million destinations: to spell one again takes less than to
 * look up how it was spelled, and a million texts that hang on what they are of kept the collector for most of a tenth of a second.
 */
export function spelledDestination({ realServer, tier, weight, drained }: SnapshotDestination): string {
  const drain = drained ? ',"drained":true' : '';
  const name = realServer === '' ? '' : `,"realServer":${JSON.stringify(realServer)}`;
  const text = `${drain}${name}${tier === 0 ? '' : `,"tier":${tier}`}${weight === 0 ? '' : `,"weight":${weight}`}`;
  return `{${text.slice(1)}}`;
}

const defaults = new Set(['0', '""', 'false', 'null', '[]', '{}']);
