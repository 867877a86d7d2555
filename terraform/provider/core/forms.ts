/** Texts that can be written in more than one way, and mean the same: who writes one keeps it. */
import { parseStatusRange } from '../../../src/domain/health-check.ts';
import { portText } from '../../../src/domain/snapshot.ts';
import { canonicalVip } from '../../../src/domain/vip-network.ts';
import { parsePort } from '../../../src/resource/port-text.ts';
import { parseShare, shareText } from '../../../src/resource/share-text.ts';
import { isList, type Value } from './value.ts';

/** By the key in resource files; undefined for what is no such text. */
const oneSpelling: Readonly<Record<string, (text: string) => string | undefined>> = {
  vips: canonicalVip,
  ports: (text) => {
    const port = parsePort(text);
    return port && portText(port);
  },
  share: sharedText,
  services: sharedText,
  destinations: sharedText,
  expires: (text) => {
    const atMs = Date.parse(text);
    return Number.isNaN(atMs) ? undefined : new Date(Math.floor(atMs)).toISOString();
  },
  expect: (text) => {
    const range = parseStatusRange(text);
    return range && `${range.from}-${range.to}`;
  },
};

function sharedText(text: string): string | undefined {
  const share = parseShare(text);
  return share === undefined ? undefined : shareText(share);
}

/** One text, or a list of them, in the spelling that all ways of writing it have in common. */
export function inOneSpelling(key: string, value: Value): Value {
  if (typeof value === 'string') return oneSpelling[key]?.(value) ?? value;
  return isList(value) ? value.map((one) => inOneSpelling(key, one)) : value;
}

/** Whether two texts of an attribute mean the same. */
export function isSameMeaning(key: string, a: Value, b: Value): boolean {
  return typeof a === 'string' && inOneSpelling(key, a) === inOneSpelling(key, b);
}
