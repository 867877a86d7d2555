/** Mistakes of an Override that no single value shows: keys that its kind needs, and those that do not suit it. */
import {
  type OverrideKind,
  ordersAbout,
  overrideKinds,
  overrideSubjectKinds,
  subjectTitles,
} from '../domain/resource.ts';
import { doubles, wellFormed } from './coherence.ts';
import { type Incoherence, isMapping } from './incoherence.ts';
import { expiresExpected } from './override-schema.ts';
import { shareExpected } from './share-text.ts';

const figures: readonly { readonly key: string; readonly of: OverrideKind; readonly expected: string }[] = [
  { key: 'share', of: 'pin', expected: shareExpected },
  { key: 'connections', of: 'cap', expected: 'a number of connections' },
  { key: 'biasMs', of: 'bias', expected: 'milliseconds, negative where it shall be cheaper' },
];

export function overrideIncoherences(spec: unknown, nowMs: number | undefined): Incoherence[] {
  if (!isMapping(spec)) return [];
  const kind = overrideKinds.find((known) => known === spec.kind);
  const services = wellFormed(spec.services, (service) => service);
  return [
    ...subject(spec, kind),
    ...doubles('services', services, (service) => service, 'each service once'),
    ...expiry(spec, nowMs !== undefined),
    ...(kind === undefined ? [] : figures.flatMap((figure) => figureOf(spec, kind, figure))),
  ];
}

function subject(spec: Record<string, unknown>, kind: OverrideKind | undefined) {
  const [first, second] = overrideSubjectKinds.filter((key) => spec[key] !== undefined);
  if (first === undefined) {
    return [mistake('site', 'nothing', 'a site, or realServer, or director: what it is about')];
  }
  if (second !== undefined) {
    return [mistake(second, `a ${subjectTitles[first]} as well`, `either ${first} or ${second}`)];
  }
  if (kind === undefined || ordersAbout[first].includes(kind)) return [];
  const others = overrideSubjectKinds.filter((key) => ordersAbout[key].includes(kind));
  return [
    mistake(
      first,
      `a ${subjectTitles[first]}`,
      `${others.join(' or ')} instead: a ${kind} is about ${others.length === 1 ? 'a whole site' : 'those'}`,
    ),
  ];
}

function expiry(spec: Record<string, unknown>, hasClock: boolean): Incoherence[] {
  if (spec.for === undefined) {
    return spec.expires === undefined
      ? [mistake('expires', 'nothing', `${expiresExpected}, or for: 30m`)]
      : [];
  }
  if (spec.expires !== undefined) return [mistake('for', 'expires as well', 'either expires or for')];
  return hasClock ? [] : [mistake('for', 'a time from now', 'expires, since nothing here says when now is')];
}

function figureOf(spec: Record<string, unknown>, kind: OverrideKind, figure: (typeof figures)[number]) {
  const { key, of, expected } = figure;
  if (kind === of) return spec[key] === undefined ? [mistake(key, 'nothing', expected)] : [];
  return spec[key] === undefined
    ? []
    : [mistake(key, `a setting of kind ${of}`, `no such key under ${kind}`)];
}

function mistake(key: string, found: string, expected: string): Incoherence {
  return { path: ['spec', key], found, expected };
}
