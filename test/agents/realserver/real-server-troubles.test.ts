import { expect, test } from 'vitest';
import { type TroubleSources, troublesOf } from '../../../agents/realserver/real-server-troubles.ts';

const fine: TroubleSources = {
  host: undefined,
  amiss: [],
  unanswered: [],
  knock: { own: [], taken: [], missing: [] },
  open: [],
  unsent: undefined,
  nowMs: 100_000,
};
const inUse = new Error('bind EADDRINUSE 192.0.2.10:7483');
const vips = ['192.0.2.10', '192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14'];

test('a host on which all is well has none', () => {
  expect(troublesOf(fine)).toEqual([]);
});

test.each<[string, Partial<TroubleSources>, string]>([
  [
    'the host is not as wanted',
    { host: 'add link cw-ipip: the kernel answered EBUSY' },
    "this host could not be brought to what is wanted: add link cw-ipip: the kernel answered EBUSY; it is tried again, and the agent's log tells more",
  ],
  [
    'probes can’t be answered',
    { unanswered: [{ address: '192.0.2.10', sinceMs: 90_000, error: inUse }] },
    "directors' probes to 192.0.2.10 cannot be answered (bind EADDRINUSE 192.0.2.10:7483): see that the address is on this host and that nobody else holds UDP 7483 there",
  ],
  [
    'no listener for knocks',
    { knock: { ...fine.knock, missing: vips.map((address) => ({ address, sinceMs: 0, error: undefined })) } },
    "directors' probes to 192.0.2.10, 192.0.2.11, 192.0.2.12 and 2 more cannot be answered (no socket yet): see that the address is on this host and that nobody else holds TCP 7483 there",
  ],
  [
    'no socket outlives the agent',
    { knock: { ...fine.knock, own: ['192.0.2.10'] } },
    "no socket outlives this agent on TCP 7483: while it is stopped, directors can ask this host at its services' own TCP ports only; enable causeway-realserver.socket and restart the agent",
  ],
  [
    'the port is taken',
    { knock: { ...fine.knock, taken: ['192.0.2.10'] } },
    "TCP 7483 on 192.0.2.10 is held by a program that completes no handshake, so directors can't ask this host there: end that program, or have it listen elsewhere",
  ],
  [
    'the closed port is open',
    { open: ['192.0.2.10'] },
    'somebody listens on TCP 7484 of 192.0.2.10, which must be closed: directors take this host for a middlebox that completes every handshake, and believe none; have that program listen on another port or address',
  ],
])('%s', (_, changes, expected) => {
  expect(troublesOf({ ...fine, ...changes })).toEqual([expected]);
});

test('an address that has only just come is no trouble yet', () => {
  const young = { address: '192.0.2.10', sinceMs: 90_001, error: inUse };
  expect(troublesOf({ ...fine, unanswered: [young], knock: { ...fine.knock, missing: [young] } })).toEqual(
    [],
  );
});

test('what is amiss on the host is told as it was found', () => {
  expect(troublesOf({ ...fine, amiss: ['another tunnel'] })).toEqual(['another tunnel']);
});
