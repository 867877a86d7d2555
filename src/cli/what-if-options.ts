/** How suppositions are written on a command line: `lon=down`, `fra:lon=120ms`, `nyc=-50%`. */
import { type WhatIfChange, whatIfLimits } from '../domain/question.ts';
import { Misuse } from './misuse.ts';

/** Each `undefined` where the text is none. */
function parseSiteDown(text: string): WhatIfChange | undefined {
  const { subject, value } = split(text);
  return subject !== '' && value === 'down' ? { kind: 'site-down', site: subject } : undefined;
}

function parseRtt(text: string): WhatIfChange | undefined {
  const { subject, value } = split(text);
  const [from = '', to = '', ...more] = subject.split(':');
  const figure = /^(\d{1,5}(?:\.\d{1,3})?)ms$/.exec(value)?.[1];
  const us = Math.round(1_000 * Number(figure));
  if (from === '' || to === '' || more.length > 0 || !(us <= whatIfLimits.us)) return undefined;
  return { kind: 'rtt', from, to, us };
}

/** A sign must stand there: `50%` could mean half, or half as much again. */
function parseRelative(kind: 'capacity' | 'demand', text: string): WhatIfChange | undefined {
  const { subject, value } = split(text);
  const [, sign, figure] = /^([+-])(\d{1,3}(?:\.\d)?)%$/.exec(value) ?? [];
  const permille = 1_000 + (sign === '-' ? -1 : 1) * Math.round(10 * Number(figure));
  if (subject === '' || !(permille >= 0 && permille <= whatIfLimits.permille)) return undefined;
  return { kind, site: subject, permille };
}

function split(text: string): { readonly subject: string; readonly value: string } {
  const at = text.indexOf('=');
  return at < 0 ? { subject: '', value: '' } : { subject: text.slice(0, at), value: text.slice(at + 1) };
}

export interface WhatIfOptions {
  readonly site?: readonly string[];
  readonly rtt?: readonly string[];
  readonly capacity?: readonly string[];
  readonly demand?: readonly string[];
  readonly drain?: readonly string[];
}

/** Throws `Misuse` for the first that makes no sense, and where there is none. */
export function changesOf({
  site = [],
  rtt = [],
  capacity = [],
  demand = [],
  drain = [],
}: WhatIfOptions): WhatIfChange[] {
  const relative = 'a site and by how much, such as nyc=-50% or fra=+20% (-100% to +900%)';
  const changes = [
    ...site.map((text) => read('--site', text, parseSiteDown(text), 'a site that is down, such as lon=down')),
    ...rtt.map((text) =>
      read(
        '--rtt',
        text,
        parseRtt(text),
        'two sites and a round trip of at most 10 s, such as fra:lon=120ms',
      ),
    ),
    ...capacity.map((text) => read('--capacity', text, parseRelative('capacity', text), relative)),
    ...demand.map((text) => read('--demand', text, parseRelative('demand', text), relative)),
    ...drain.map((name) => ({ kind: 'drain', name }) as const),
  ];
  if (changes.length > 0) return changes;
  throw new Misuse('say what to suppose: --site, --rtt, --capacity, --demand or --drain');
}

function read(
  option: string,
  text: string,
  change: WhatIfChange | undefined,
  expected: string,
): WhatIfChange {
  if (change !== undefined) return change;
  throw new Misuse(`${option}: found ${JSON.stringify(text)}, expected ${expected}`);
}
