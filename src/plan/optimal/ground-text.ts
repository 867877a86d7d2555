/** What weights rest on, in words: in full of one real server, of many what is out of the ordinary. */
import { currentForMs } from '../health.ts';
import { age, instant } from './explanation-words.ts';
import type { Ground } from './grounds.ts';

export interface Grounded {
  readonly name: string;
  readonly grounds?: readonly Ground[];
}

/** More real servers out of the ordinary than this help nobody. */
const mostNamed = 8;

export function groundSentences(servers: readonly Grounded[], nowMs: number): string[] {
  const told = servers
    .map(({ name, grounds = [] }) => ({ name, grounds }))
    .filter(({ grounds }) => grounds.length > 0);
  const [only] = told;
  if (only === undefined) return [];
  const held = heldSentences(told.flatMap(({ grounds }) => grounds));
  const sentence = (name: string) => (ground: Ground) => groundSentence(name, ground, nowMs);
  if (told.length === 1) return [...only.grounds.filter(isNotHeld).map(sentence(only.name)), ...held];
  const odd = told.filter(({ grounds }) => grounds.some(isOdd));
  const more = odd.length - mostNamed;
  return [
    ...restSentence(
      told.filter(({ grounds }) => grounds.every(isOrdinary)),
      odd.length === 0,
    ),
    ...odd.slice(0, mostNamed).flatMap(({ name, grounds }) => grounds.filter(isOdd).map(sentence(name))),
    ...(more > 0 ? [`${more} more are not reached as they should be: name one to see why.`] : []),
    ...held,
  ];
}

function isOrdinary({ kind }: Ground): boolean {
  return kind === 'datagrams' || kind === 'reached';
}

function isNotHeld({ kind }: Ground): boolean {
  return kind !== 'held';
}

function isOdd(ground: Ground): boolean {
  return !isOrdinary(ground) && isNotHeld(ground);
}

function restSentence(servers: readonly { readonly grounds: readonly Ground[] }[], isAll: boolean): string[] {
  if (servers.length === 0) return [];
  const oldestMs = Math.max(...servers.flatMap(({ grounds }) => grounds.map(({ ageMs = 0 }) => ageMs)));
  const who = isAll ? `All ${servers.length}` : `${servers.length} others`;
  return [`${who} answer datagrams, as heard ${age(oldestMs)} ago at most.`];
}

/** It concerns all that the director sends to: once is enough. */
function heldSentences(grounds: readonly Ground[]): string[] {
  const held = new Map(
    grounds.flatMap((one) => (one.kind === 'held' ? [[one.director, one.why] as const] : [])),
  );
  return [...held].map(
    ([director, why]) => `${director} suspects itself and holds the weights that it has: ${why}.`,
  );
}

function groundSentence(name: string, ground: Ground, nowMs: number): string {
  const basis = ground.unchecked === true ? '; nobody checks its ports, so it rests on the way alone' : '';
  return `${groundWords(name, ground, nowMs)}${basis}${ageWords(ground)}.`;
}

function groundWords(name: string, ground: Ground, nowMs: number): string {
  const { director } = ground;
  const since = (ms: number | undefined) => (ms === undefined ? 'lately' : `since ${instant(ms, nowMs)}`);
  switch (ground.kind) {
    case 'datagrams':
      return `${director} reaches ${name} by datagrams, which its agent answers with the verdict`;
    case 'knock':
      return (
        `${director} reaches ${name} by knock alone: its kernel answers, but no agent ${since(ground.absentSinceMs)}; ` +
        'the last verdict stands'
      );
    case 'reached':
      return `${director} reaches ${name}`;
    case 'silence': {
      const silent = ground.knocked ? 'neither datagram nor knock is answered' : 'no datagram is answered';
      return `${director} has found the path to ${name} ${ground.state} ${since(ground.sinceMs)}: ${silent}`;
    }
    case 'held':
      return `${director} suspects itself`;
    case 'unjudged':
      return `${director} has no word on ${name}: the weight stays as its kernel has it`;
  }
}

function ageWords({ kind, ageMs }: Ground): string {
  if (ageMs === undefined) return '';
  const isTold = kind === 'datagrams' || kind === 'reached' || ageMs > currentForMs;
  return isTold ? ` (heard ${age(ageMs)} ago)` : '';
}
