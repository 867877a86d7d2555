/** Overrides between the domain and the wire. */
import {
  type Override,
  type OverrideOrder,
  type OverrideSubject,
  overrideKinds,
} from '../domain/resource.ts';
import { unsigned, type WordReader } from './convert-words.ts';
import type {
  OverrideSpec__Output as WireOverride,
  OverrideSpec as WireOverrideInput,
} from './gen/causeway/v1/OverrideSpec.ts';

export function overrideToWire(override: Override): WireOverrideInput {
  const { order, subject, services, owner, reason, expiresAtMs, lastsMs } = override;
  const about = { [subject.kind]: subject.name };
  const lasts = lastsMs === undefined ? {} : { lastsMs: unsigned(lastsMs) };
  const expiry = { expiresAtMs: unsigned(expiresAtMs), ...lasts };
  return { ...order, ...about, ...expiry, services: [...services], owner, reason };
}

export function overrideFromWire(name: string, spec: WireOverride, words: WordReader): Override {
  const { services, owner, reason, expiresAtMs, lastsMs } = spec;
  const order = orderFromWire(spec, words);
  const subject = subjectFromWire(spec, words);
  const base = { kind: 'Override' as const, name, order, subject, services, owner, reason, expiresAtMs };
  return lastsMs === 0 ? base : { ...base, lastsMs };
}

function orderFromWire(spec: WireOverride, words: WordReader): OverrideOrder {
  const kind = words.word('spec.kind', spec.kind, overrideKinds);
  switch (kind) {
    case 'freeze':
    case 'drain':
      return { kind };
    case 'pin':
      return { kind, sharePermille: words.part('spec.share', spec.sharePermille, 0, 'a share') };
    case 'cap':
      return { kind, connections: words.part('spec.connections', spec.connections, 0, 'a number') };
    case 'bias':
      return { kind, biasMs: words.part('spec.biasMs', spec.biasMs, 0, 'a number') };
  }
}

function subjectFromWire({ site, realServer, director }: WireOverride, words: WordReader): OverrideSubject {
  if (director !== undefined) return { kind: 'director', name: director };
  if (realServer !== undefined) return { kind: 'realServer', name: realServer };
  return { kind: 'site', name: words.part('spec.site', site, '', 'a site, a real server or a director') };
}
