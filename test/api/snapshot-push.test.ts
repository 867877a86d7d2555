import { expect, test } from 'vitest';
import type { CoordinatorMessage } from '../../src/api/gen/causeway/v1/CoordinatorMessage.ts';
import { createSectioner } from '../../src/api/manifest.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { createPush } from '../../src/api/snapshot-push.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { createManualClock } from '../agents/manual-clock.ts';
import { directorSnapshot } from '../agents/snapshots.ts';

const { responseDeserialize } = loadApi().agents.service.Connect;

/** Snapshots of other contents, and a stream that takes a message when it is let. */
function open() {
  const sectioner = createSectioner();
  const clock = createManualClock();
  const waiting: (() => CoordinatorMessage | Promise<CoordinatorMessage>)[] = [];
  const written: string[] = [];
  const push = createPush({ write: (make) => void waiting.splice(0, 1, make), after: clock.after });
  const contentOf = (version: number) => directorSnapshot({ deletedServices: [`old-${version}`] });
  const manifestOf = (version: number) => atOnce(sectioner.manifestOf(contentOf(version)));
  const numbers = new Map<string, number>();
  return {
    push,
    clock,
    written,
    manifestOf,
    offer(version: number) {
      const manifest = manifestOf(version);
      numbers.set(manifest.checksum, version);
      push.offer({ ...contentOf(version), version, checksum: manifest.checksum }, manifest);
    },
    /** The stream has room: `2 of 1`, `1 whole`, or nothing. */
    async drain(): Promise<string | undefined> {
      const made: unknown = await waiting.shift()?.();
      if (!Buffer.isBuffer(made)) return made === undefined ? undefined : 'a whole snapshot';
      const { delta } = responseDeserialize(made);
      const base = delta?.baseChecksum ?? '';
      return `${delta?.version} ${base === '' ? 'whole' : `of ${numbers.get(base)}`}`;
    },
  };
}

test('everything first, then the changes of what was acknowledged', async () => {
  const { push, offer, drain } = open();
  offer(1);
  expect(await drain()).toBe('1 whole');
  push.answered(1, 'acknowledged');
  offer(2);
  expect(await drain()).toBe('2 of 1');
});

test('the next one after the answer, and of those that came meanwhile the newest', async () => {
  const { push, offer, drain, manifestOf } = open();
  offer(1);
  expect(await drain()).toBe('1 whole');
  for (const version of [2, 3, 4]) offer(version);
  expect(await drain()).toBeUndefined();
  expect(push.answered(1, 'acknowledged')).toBe(manifestOf(1));
  expect(await drain()).toBe('4 of 1');
  expect(await drain()).toBeUndefined();
});

test('what a slow stream is told is made when it has room', async () => {
  const { offer, drain } = open();
  for (const version of [1, 2, 3]) offer(version);
  expect(await drain()).toBe('3 whole');
});

test('what was refused is not what the agent has', async () => {
  const { push, offer, drain } = open();
  offer(1);
  await drain();
  push.answered(1, 'acknowledged');
  offer(2);
  await drain();
  expect(push.answered(2, 'refused')).toBeUndefined();
  offer(3);
  expect(await drain()).toBe('3 of 1');
});

test('an agent that has something else is told everything, once', async () => {
  const { push, offer, drain, manifestOf } = open();
  push.holds(manifestOf(1));
  offer(2);
  await drain();
  push.answered(2, 'unknown-base');
  expect(await drain()).toBe('2 whole');
  push.answered(2, 'unknown-base');
  expect(await drain()).toBeUndefined();
});

test('an answer to what an earlier stream has told makes its state unknown', async () => {
  const { push, offer, drain, manifestOf } = open();
  push.holds(manifestOf(1));
  offer(3);
  await drain();
  expect(push.answered(2, 'acknowledged')).toBeUndefined();
  push.answered(3, 'refused');
  offer(4);
  expect(await drain()).toBe('4 whole');
});

test('who never answers is told the next one after 30 s', async () => {
  const { offer, drain, clock } = open();
  offer(1);
  await drain();
  offer(2);
  await clock.advance(29_000);
  expect(await drain()).toBeUndefined();
  await clock.advance(1_000);
  expect(await drain()).toBe('2 whole');
});

test('an agent that knows no sections is sent whole snapshots, whether it answers or not', async () => {
  const { push, drain } = open();
  push.offer(directorSnapshot(), undefined);
  expect(await drain()).toBe('a whole snapshot');
  push.offer(directorSnapshot({ version: 2 }), undefined);
  expect(await drain()).toBe('a whole snapshot');
});
