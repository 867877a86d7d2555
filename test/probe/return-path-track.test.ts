// What a collector makes of rounds: heard, silent, or nothing yet.
import { expect, test } from 'vitest';
import {
  afterDatagram,
  type HeardDatagram,
  missedAtMost,
  reportOfTrack,
  type SenderTrack,
} from '../../src/probe/return-path-track.ts';

const four = '192.0.2.10';
const six = '2001:db8::10';

function proof(round: number, vip: string): HeardDatagram {
  return { kind: 'proof', round, vips: [vip] };
}

function presence(round: number, ...vips: string[]): HeardDatagram {
  return { kind: 'presence', round, vips };
}

function after(datagrams: readonly HeardDatagram[]): SenderTrack | undefined {
  let track: SenderTrack | undefined;
  for (const [index, datagram] of datagrams.entries()) track = afterDatagram(track, datagram, 1_000 * index);
  return track;
}

function verdicts(datagrams: readonly HeardDatagram[]): string {
  const track = after(datagrams);
  const report = track && reportOfTrack('lon-r1', track);
  if (report === undefined) return 'nothing';
  return [
    ...report.heard.map((vip) => `${vip} heard`),
    ...report.silent.map((vip) => `${vip} silent`),
  ].join();
}

/** Rounds of which only the presence arrives. */
function missing(from: number, rounds: number, ...vips: string[]): HeardDatagram[] {
  return Array.from({ length: rounds }, (_, index) => presence(from + index, ...vips));
}

test.each([
  ['a proof is enough', [proof(1, four)], `${four} heard`],
  ['a proof may overtake its presence', [proof(1, four), presence(1, four), proof(2, four)], `${four} heard`],
  ['or come after it', [presence(1, four), proof(1, four), presence(2, four)], `${four} heard`],
  ['a few that are lost prove nothing', missing(1, missedAtMost, four), 'nothing'],
  ['many in a row, while the host is heard, do', missing(1, missedAtMost + 1, four), `${four} silent`],
  [
    'a few that are lost take no proof away',
    [proof(1, four), presence(1, four), ...missing(2, missedAtMost, four)],
    `${four} heard`,
  ],
  [
    'many in a row do',
    [proof(1, four), presence(1, four), ...missing(2, missedAtMost + 1, four)],
    `${four} silent`,
  ],
  [
    'where the host is not heard either, its silence proves nothing',
    [proof(1, four), presence(1, four), proof(500, six)],
    `${four} heard,${six} heard`,
  ],
  ['one that is heard again is heard', [...missing(1, 9, four), proof(10, four)], `${four} heard`],
  [
    'one family says nothing of the other',
    [1, 2, 3, 4, 5, 6, 7].flatMap((round) => [proof(round, four), presence(round, four, six)]),
    `${four} heard,${six} silent`,
  ],
  [
    'what is sent again says nothing: an old round',
    [...missing(1, missedAtMost + 1, four), proof(3, four)],
    `${four} silent`,
  ],
  [
    'nor does the presence of the present one, however often',
    [proof(1, four), ...Array.from({ length: 20 }, () => presence(2, four))],
    `${four} heard`,
  ],
] as const)('%s', (_, datagrams, expected) => {
  expect(verdicts(datagrams)).toBe(expected);
});

test('what says nothing new is the same value', () => {
  const track = after([proof(5, four), presence(5, four)]);
  for (const again of [proof(5, four), presence(5, four), proof(4, six), presence(3, four)])
    expect(afterDatagram(track, again, 9_000)).toBe(track);
});

test('a VIP that is no longer sent from is forgotten in time', () => {
  const track = after([proof(1, four)]);
  const later = afterDatagram(track, proof(2, six), 11 * 60_000);
  expect(reportOfTrack('lon-r1', later)?.heard).toEqual([six]);
});
