import { describe, expect, test } from 'vitest';
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';
import { createAdoption } from '../../src/reconcile/adoption.ts';
import { createManualClock } from './manual-clock.ts';

function snapshot(version: number, checksum = `content ${version}`): RealServerSnapshot {
  const probe = { keyHex: '', intervalMs: 1, downAfterMs: 1, goneAfterMs: 1, rise: 1 };
  const content = { tunnel: 'ipip', services: [], directors: [], deletedServices: [], probe } as const;
  return { kind: 'realserver', version, checksum, force: false, ...content };
}

/** Each step as one line, failing where told to. */
function setUp(failures: Record<string, string> = {}) {
  const story: string[] = [];
  const clock = createManualClock();
  const step = async (line: string) => {
    story.push(line);
    return failures[line];
  };
  const adoption = createAdoption<RealServerSnapshot>({
    ...{ clock, random: () => 1 },
    judge: (next, current) => step(`judge ${next.version} against ${current?.version ?? 'nothing'}`),
    apply: (next) => step(`apply ${next?.version ?? 'nothing'}`),
    save: async ({ version }) => {
      const failure = await step(`save ${version}`);
      if (failure !== undefined) throw new Error(failure);
    },
    onAdopted: (next, previous) =>
      story.push(`adopted ${next.version} after ${previous?.version ?? 'nothing'}`),
    onRefused: ({ version }, reason) => story.push(`refused ${version}: ${reason}`),
    onUnsaved: ({ version }) => story.push(`unsaved ${version}`),
  });
  return { clock, story, adoption };
}

test('judged, applied, saved, told', async () => {
  const { story, adoption } = setUp();
  adoption.offer(snapshot(1));
  await adoption.idle();
  expect(story).toEqual(['judge 1 against nothing', 'apply 1', 'save 1', 'adopted 1 after nothing']);
  expect(adoption.current?.version).toBe(1);
});

test('what is refused touches nothing', async () => {
  const { story, adoption } = setUp({ 'judge 2 against 1': 'implausible' });
  adoption.restore(snapshot(1));
  adoption.offer(snapshot(2));
  await adoption.idle();
  expect(story).toEqual(['judge 2 against 1', 'refused 2: implausible']);
  expect(adoption.current?.version).toBe(1);
});

test('what the kernel refuses is gone back on', async () => {
  const { story, adoption } = setUp({ 'apply 2': 'EBUSY' });
  adoption.restore(snapshot(1));
  adoption.offer(snapshot(2));
  await adoption.idle();
  expect(story).toEqual(['judge 2 against 1', 'apply 2', 'apply 1', 'refused 2: EBUSY']);
  expect(adoption.current?.version).toBe(1);
});

test('without a state before, the way back leads to nothing; a second failure is told too', async () => {
  const { story, adoption } = setUp({ 'apply 1': 'EBUSY', 'apply nothing': 'EPERM' });
  adoption.offer(snapshot(1));
  await adoption.idle();
  expect(story.at(-1)).toBe('refused 1: EBUSY; going back failed too: EPERM');
  expect(adoption.current).toBeUndefined();
});

describe('what was refused is tried again: the reason may be gone', () => {
  test('it is refused once for one reason, and taken over when there is none any more', async () => {
    const failures: Record<string, string> = { 'apply 2': 'EBUSY' };
    const { clock, story, adoption } = setUp(failures);
    adoption.restore(snapshot(1));
    adoption.offer(snapshot(2));
    await adoption.idle();
    await clock.advance(1_000);
    failures['apply 2'] = 'EPERM';
    await clock.advance(2_000);
    delete failures['apply 2'];
    await clock.advance(4_000);
    expect(story.filter((line) => !/^(judge|save)/.test(line))).toEqual([
      ...['apply 2', 'apply 1', 'refused 2: EBUSY'],
      ...['apply 2', 'apply 1'],
      ...['apply 2', 'apply 1', 'refused 2: EPERM'],
      ...['apply 2', 'adopted 2 after 1'],
    ]);
    await clock.advance(600_000);
    expect(story.at(-1)).toBe('adopted 2 after 1');
  });

  test('not where another has been offered, or the connection by which it came has ended', async () => {
    const { clock, story, adoption } = setUp({ 'judge 2 against 1': 'no', 'judge 4 against 3': 'no' });
    adoption.restore(snapshot(1));
    adoption.offer(snapshot(2));
    await adoption.idle();
    adoption.offer(snapshot(3));
    await adoption.idle();
    adoption.offer(snapshot(4));
    await adoption.idle();
    adoption.forget();
    const before = [...story];
    await clock.advance(600_000);
    expect(story).toEqual(before);
    expect(adoption.current?.version).toBe(3);
  });

  test('not one of a lower epoch, which is no better later', async () => {
    const { clock, story, adoption } = setUp();
    adoption.restore({ ...snapshot(1), epoch: 5 });
    adoption.offer({ ...snapshot(2), epoch: 4 });
    await adoption.idle();
    expect(clock.timers()).toEqual([]);
    expect(story).toHaveLength(1);
  });
});

test('of those that come while one is considered, the newest counts', async () => {
  const { story, adoption } = setUp();
  for (const version of [1, 2, 3]) adoption.offer(snapshot(version));
  await adoption.idle();
  expect(story.filter((line) => line.startsWith('adopted'))).toEqual([
    'adopted 1 after nothing',
    'adopted 3 after 1',
  ]);
});

test('the same content under a new version is acknowledged without work', async () => {
  const { story, adoption } = setUp();
  adoption.restore(snapshot(1, 'same'));
  adoption.offer(snapshot(7, 'same'));
  await adoption.idle();
  expect(story).toEqual(['save 7', 'adopted 7 after 1']);
});

test('a full disk stops nothing', async () => {
  const { story, adoption } = setUp({ 'save 1': 'ENOSPC' });
  adoption.offer(snapshot(1));
  await adoption.idle();
  expect(story.slice(-2)).toEqual(['unsaved 1', 'adopted 1 after nothing']);
});

describe('epochs', () => {
  const ofEpoch = (version: number, epoch: number) => ({ ...snapshot(version), epoch });

  test('a snapshot of a lower epoch is refused, before it is judged; one without an epoch is not', async () => {
    const { story, adoption } = setUp();
    adoption.offer(ofEpoch(1, 5));
    await adoption.idle();
    story.length = 0;
    adoption.offer(ofEpoch(2, 4));
    await adoption.idle();
    expect(story).toEqual([
      expect.stringMatching(
        /^refused 2: it is of epoch 4, and this agent follows epoch 5: another coordinator/,
      ),
    ]);
    adoption.offer(snapshot(3));
    await adoption.idle();
    expect(adoption.current).toMatchObject({ version: 3, epoch: 5 });
  });

  test('what was heard of is kept on disk, and holds after a restart', async () => {
    const { story, adoption } = setUp();
    adoption.restore(snapshot(1));
    adoption.heard(7);
    await adoption.idle();
    adoption.heard(6);
    await adoption.idle();
    expect(story).toEqual(['save 1']);
    const kept = adoption.current;
    expect(kept).toEqual(ofEpoch(1, 7));
    const second = setUp();
    if (kept !== undefined) second.adoption.restore(kept);
    second.adoption.offer(ofEpoch(2, 6));
    await second.adoption.idle();
    expect(second.story).toEqual([expect.stringMatching(/^refused 2: it is of epoch 6/)]);
  });

  test('it is kept of a snapshot that is refused for another reason, too', async () => {
    const { story, adoption } = setUp({ 'judge 2 against 1': 'implausible' });
    adoption.restore(snapshot(1));
    adoption.offer(ofEpoch(2, 8));
    await adoption.idle();
    expect(story).toEqual(['save 1', 'judge 2 against 1', 'refused 2: implausible']);
    expect(adoption.current).toEqual(ofEpoch(1, 8));
  });
});

test('what is made from an older store is judged as such, until something is taken over again', async () => {
  const judged: string[] = [];
  let objection: string | undefined = 'it takes something away';
  const adoption = createAdoption<RealServerSnapshot>({
    ...{ clock: createManualClock(), random: () => 1 },
    judge: async (next, _, isOlder) => {
      judged.push(`${next.version} of revision ${next.revision}${isOlder ? ': older' : ''}`);
      return objection;
    },
    apply: async () => undefined,
    save: async () => {},
    onAdopted: () => {},
    onRefused: () => {},
    onUnsaved: () => {},
  });
  adoption.restore({ ...snapshot(1), revision: 100 });
  for (const [version, revision] of [
    [2, 101],
    [3, 40],
    // It has got as far as that by now, and what it lacks it lacks still.
    [4, 102],
  ] as const) {
    adoption.offer({ ...snapshot(version), revision });
    await adoption.idle();
  }
  objection = undefined;
  adoption.offer({ ...snapshot(5), revision: 103 });
  await adoption.idle();
  adoption.offer({ ...snapshot(6), revision: 104 });
  await adoption.idle();
  expect(judged).toEqual([
    '2 of revision 101',
    '3 of revision 40: older',
    '4 of revision 102: older',
    '5 of revision 103: older',
    '6 of revision 104',
  ]);
});
