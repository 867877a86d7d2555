/** How both ends know that they hold the same snapshot: SHA-256 over one canonical spelling of its content. */
import { createHash } from 'node:crypto';
import type { Snapshot } from '../domain/snapshot.ts';

type Distribute<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** A snapshot without what travels around it. */
export type SnapshotContent = Distribute<Snapshot, 'version' | 'checksum' | 'force' | 'revision' | 'asked'>;

/** SHA-256 of the content, hex. What travels around a whole snapshot is not part of it. */
export function snapshotChecksum(snapshot: SnapshotContent): string {
  const { version: _v, checksum: _c, force: _f, revision: _r, asked: _a, ...content } = snapshot as Snapshot;
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/**
 * JSON with sorted keys. As in proto3, a field at its default (0, '', false, empty) is as absent: so a field that a
 * newer version adds changes no checksum until somebody uses it. Elements of lists always stand.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .map(([key, field]) => [key, canonicalJson(field)] as const)
    .filter(([, text]) => !defaults.has(text))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => `${JSON.stringify(key)}:${text}`);
  return `{${fields.join(',')}}`;
}

const defaults = new Set(['0', '""', 'false', 'null', '[]', '{}']);
