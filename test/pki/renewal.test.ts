/** When a program renews its certificate: at its own time, again where it fails, and what it says where nobody does it. */
import { beforeEach, expect, test } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import { parseIdentityPath } from '../../src/domain/identity.ts';
import type { CertificateFacts } from '../../src/pki/certificate.ts';
import { createRenewal, type RenewalOptions } from '../../src/pki/renewal.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 1);
const lifeHours = 168;

/** Runs the one timer that there is, and waits until there is the next. */
function handTurned() {
  let nowMs = startMs;
  let armed: { readonly atMs: number; readonly run: () => void } | undefined;
  return {
    clock: {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs - startMs,
      after(delayMs: number, run: () => void) {
        armed = { atMs: nowMs + delayMs, run };
        return {
          cancel() {
            armed = undefined;
          },
        };
      },
    },
    isArmed: () => armed !== undefined,
    async until(hour: number): Promise<void> {
      const endMs = startMs + hour * hourMs;
      while (armed !== undefined && armed.atMs <= endMs) {
        const { atMs, run } = armed;
        armed = undefined;
        nowMs = atMs;
        run();
        while (armed === undefined) await new Promise(setImmediate);
      }
      nowMs = endMs;
    },
    hour: () => (nowMs - startMs) / hourMs,
  };
}

let time: ReturnType<typeof handTurned>;
let present: CertificateFacts | undefined;
let count: number;
/** In hours. */
let asked: number[];
let told: string[];

beforeEach(() => {
  time = handTurned();
  [count, asked, told] = [0, [], []];
  present = made(0);
});

function made(hour: number): CertificateFacts {
  count += 1;
  const notBeforeMs = startMs + hour * hourMs;
  return {
    ...{ identity: parseIdentityPath('causeway.example', 'director/fra/fra-d1'), serial: `${count}` },
    ...{ notBeforeMs, notAfterMs: notBeforeMs + lifeHours * hourMs, sinceMs: startMs, issuer: undefined },
  };
}

function renewal(random: number, change: Partial<RenewalOptions> = {}) {
  return createRenewal({
    current() {
      if (present === undefined) throw new Error('no certificate');
      return present;
    },
    ask: async () => `of hour ${asked.push(time.hour())}`,
    async keep() {
      present = made(time.hour());
    },
    clock: time.clock,
    random: () => random,
    onRenewed: ({ serial }) => void told.push(`renewed ${serial}`),
    onFailed: (reason) => void told.push(reason),
    ...change,
  });
}

const refuse = (code: 'unsupported' | 'unavailable', message: string) => async (): Promise<string> => {
  asked.push(time.hour());
  throw new CausewayError({ code, operation: 'renew certificate', message });
};

test.each([
  ['the first', 0, 112],
  ['one in the middle', 0.5, 119],
  ['the last', 0.9999, 126],
])(
  '%s of many renews at its own time between two thirds and three quarters, over and over',
  async (_, random, hour) => {
    const one = renewal(random);
    await time.until(hour - 0.1);
    expect(asked).toEqual([]);
    await time.until(hour + 0.1);
    expect(asked).toHaveLength(1);
    expect(told).toEqual(['renewed 2']);
    await time.until(3 * hour + 0.5);
    expect(asked).toHaveLength(3);
    expect(one.trouble()).toBeUndefined();
    expect(one.endsMs()).toBe(present?.notAfterMs);
    one.close();
    expect(time.isArmed()).toBe(false);
  },
);

test('where nobody has an issuer it is asked once an hour at most, and from three quarters on somebody is to do it', async () => {
  const one = renewal(0.5, { ask: refuse('unsupported', 'no coordinator that answers has an issuer') });
  await time.until(125);
  expect(one.trouble()).toBeUndefined();
  await time.until(160);
  expect(asked.length).toBeGreaterThan(40);
  expect(asked.length).toBeLessThan(70);
  expect(told).toEqual([]);
  expect(one.trouble()).toBe(
    'that of spiffe://causeway.example/director/fra/fra-d1 expires on 2026-01-08T00:00:00Z: renew it (causeway pki renew)',
  );
});

test('what fails is told once, tried again, and forgotten when it is done', async () => {
  let isUp = false;
  const fail = refuse('unavailable', 'nobody answers');
  const one = renewal(0.5, { ask: async () => (isUp ? 'signed' : fail()) });
  await time.until(130);
  expect(told).toEqual(['renew certificate: nobody answers']);
  expect(one.trouble()).toContain(
    'renew it (causeway pki renew); it could not be renewed by itself (renew certificate: nobody answers)',
  );
  isUp = true;
  await time.until(132);
  expect(told.at(-1)).toBe('renewed 2');
  expect(one.trouble()).toBeUndefined();
});

test('whoever gets another one meanwhile goes on with that', async () => {
  const one = renewal(0.5, { ask: refuse('unavailable', 'nobody answers') });
  await time.until(125);
  const before = asked.length;
  present = made(125);
  await time.until(230);
  expect(asked).toHaveLength(before);
  expect(one.trouble()).toBeUndefined();
});

test('what was signed and is not used is no reason to ask each minute', async () => {
  renewal(0.5, { keep: async () => {} });
  await time.until(121);
  expect(asked.length).toBeLessThanOrEqual(8);
  expect(told).toEqual([
    'renew certificate spiffe://causeway.example/director/fra/fra-d1: what was renewed is not what is used',
  ]);
});

test('who has come too late asks nobody, since nobody would answer him', async () => {
  present = made(-170);
  const one = renewal(0.5);
  await time.until(24);
  expect(asked).toEqual([]);
  expect(one.trouble()).toContain('has expired on 2025-12-31T22:00:00Z: renew it');
});

test('of what can not be read who uses it says why', async () => {
  present = undefined;
  const one = renewal(0.5);
  await time.until(200);
  expect([asked, one.trouble(), one.endsMs()]).toEqual([[], undefined, undefined]);
});
