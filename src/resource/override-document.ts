/** An Override as its file says it, and as the rest of Causeway knows it. */
import type { Override, OverrideOrder } from '../domain/resource.ts';
import { parseDurationMs } from './duration.ts';
import type { OverrideDocument } from './override-schema.ts';
import { parseShare, shareText } from './share-text.ts';

/** `nowMs`, since the epoch: what `for` counts from where the coordinator does not count it by its own clock. */
export function overrideAt(nowMs = 0): (document: OverrideDocument) => Override {
  return (document) => overrideOf(document, nowMs);
}

function overrideOf({ metadata, spec }: OverrideDocument, nowMs: number): Override {
  const { site, realServer, director, owner, reason, services = [] } = spec;
  return {
    kind: 'Override',
    name: metadata.name,
    order: orderOf(spec),
    subject:
      director !== undefined
        ? { kind: 'director', name: director }
        : realServer === undefined
          ? { kind: 'site', name: site ?? '' }
          : { kind: 'realServer', name: realServer },
    services,
    owner,
    reason,
    ...expiryOf(spec, nowMs),
  };
}

/** A time from now is the coordinator's to count; by this clock for one that is too old to. */
function expiryOf(
  { expires, for: duration = '' }: OverrideDocument['spec'],
  nowMs: number,
): Pick<Override, 'expiresAtMs' | 'lastsMs'> {
  if (expires !== undefined) return { expiresAtMs: Math.floor(Date.parse(expires)) };
  const lastsMs = parseDurationMs(duration) ?? 0;
  return { expiresAtMs: nowMs + lastsMs, lastsMs };
}

function orderOf(spec: OverrideDocument['spec']): OverrideOrder {
  switch (spec.kind) {
    case 'freeze':
    case 'drain':
      return { kind: spec.kind };
    case 'pin':
      return { kind: spec.kind, sharePermille: parseShare(spec.share ?? '') ?? 0 };
    case 'cap':
      return { kind: spec.kind, connections: spec.connections ?? 0 };
    case 'bias':
      return { kind: spec.kind, biasMs: spec.biasMs ?? 0 };
  }
}

/** The way back: always with the absolute time. */
export function overrideDocument(override: Override): Record<string, unknown> {
  const { order, subject, services, owner, reason, expiresAtMs } = override;
  return {
    kind: order.kind,
    [subject.kind]: subject.name,
    ...(services.length === 0 ? {} : { services: [...services] }),
    ...figureDocument(order),
    owner,
    reason,
    expires: timeText(expiresAtMs),
  };
}

/** What is no time that a calendar knows stays the number that it is, for a reader to refuse. */
function timeText(atMs: number): string {
  const time = new Date(atMs);
  return Number.isNaN(time.getTime()) ? `${atMs}` : time.toISOString();
}

function figureDocument(order: OverrideOrder): Record<string, unknown> {
  switch (order.kind) {
    case 'freeze':
    case 'drain':
      return {};
    case 'pin':
      return { share: shareText(order.sharePermille) };
    case 'cap':
      return { connections: order.connections };
    case 'bias':
      return { biasMs: order.biasMs };
  }
}
