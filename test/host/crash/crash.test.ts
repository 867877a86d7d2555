// An agent that dies before or after every single write, fsync, rename and operation: the next one makes of the host what is wanted, and
// `--cleanup` makes of it what it was.
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { createLife, Death, type Life } from './life.ts';
import { scenarios } from './scenarios.ts';
import {
  copyOf,
  ledgerFile,
  ledgerText,
  type Program,
  placeOf,
  rebooted,
  textOf,
  type World,
} from './world.ts';

/** Does it, and dies at that moment; undefined: it came to its end. */
async function dying(work: (life: Life) => Promise<void>, moment: number) {
  const life = createLife(moment);
  await work(life).catch((error: unknown) => {
    if (life.end() === undefined) throw error;
  });
  return life.end();
}

/** Every world that a death in `work` leaves, with what it died at. */
async function* deaths(from: World, work: (world: World, life: Life) => Promise<void>) {
  for (let moment = 0; ; moment += 1) {
    const world = copyOf(from);
    const end = await dying((life) => work(world, life), moment);
    if (end === undefined) return;
    yield { end, world };
  }
}

const whole = () => createLife();

/** The program, on such hosts. */
function onModel(program: Program<Snapshot>) {
  return {
    run: (world: World, life: Life, ...wanted: readonly Snapshot[]) =>
      program.run(placeOf(world), life, ...wanted),
    cleanUp: (world: World, life: Life) => program.cleanUp(placeOf(world), life),
  };
}

function withoutSettings(text: string): string {
  return text.replaceAll(/^(set )?sysctl .*\n?/gm, '');
}

for (const { name, program, initial, wanted } of scenarios)
  describe(name, () => {
    const { run, cleanUp } = onModel(program as Program<Snapshot>);
    const last = wanted.slice(-1);

    /** Hosts that were judged already: many moments leave the same. */
    const known = new Set<string>();

    /** What becomes of a host that was left so. */
    async function judge(
      left: World,
      end: string,
      before: World,
      converged: { host: string; ledger: string },
    ) {
      const same = `${textOf(left)}\n${left.disk.text(ledgerFile)}`;
      if (known.has(same)) return;
      known.add(same);
      const cleaned = copyOf(left);
      await cleanUp(cleaned, whole());
      expect(textOf(cleaned), `cleaned up after death ${end}`).toBe(textOf(before));
      expect(await ledgerText(placeOf(cleaned), whole()), `ledger cleaned up after death ${end}`).toBe('');
      for (const again of [last, wanted]) {
        const started = copyOf(left);
        await run(started, whole(), ...again);
        // A setting that was wanted once stays until all is cleaned up: whoever never heard of it sets none.
        const compared = again === last ? withoutSettings : (text: string) => text;
        expect(compared(textOf(started)), `started after death ${end}`).toBe(compared(converged.host));
        expect(compared(await ledgerText(placeOf(started), whole())), `ledger after death ${end}`).toBe(
          compared(converged.ledger),
        );
        await cleanUp(started, whole());
        expect(textOf(started), `cleaned up after a start after death ${end}`).toBe(textOf(before));
      }
    }

    async function arrived() {
      const before = initial();
      const world = copyOf(before);
      await run(world, whole(), ...wanted);
      return {
        before,
        world,
        converged: { host: textOf(world), ledger: await ledgerText(placeOf(world), whole()) },
      };
    }

    test('its end is reached, and undone', async () => {
      const { before, world } = await arrived();
      await cleanUp(world, whole());
      expect(textOf(world)).toBe(textOf(before));
      expect(await ledgerText(placeOf(world), whole())).toBe('');
    });

    test('killed on the way there', async () => {
      const { before, converged } = await arrived();
      let count = 0;
      for await (const { end, world } of deaths(before, (from, life) => run(from, life, ...wanted))) {
        count += 1;
        await judge(world, end, before, converged);
      }
      expect(count).toBeGreaterThan(40);
    });

    test('killed while it cleans up', async () => {
      const { before, world: full, converged } = await arrived();
      for await (const { end, world } of deaths(full, cleanUp)) await judge(world, end, before, converged);
    });

    test('the power fails', async () => {
      const { before, world: full, converged } = await arrived();
      const works = [
        [before, (from: World, life: Life) => run(from, life, ...wanted)],
        [full, cleanUp],
      ] as const;
      for (const [from, work] of works)
        for await (const { end, world } of deaths(from, work))
          await judge(rebooted(world, before), `${end}, powerless`, before, converged);
    });
  });

test('whoever is dead does nothing', () => {
  const life = createLife(2);
  let done = 0;
  life.step('one', () => (done += 1));
  for (let times = 0; times < 2; times += 1) expect(() => life.step('two', () => (done += 1))).toThrow(Death);
  expect([done, life.end()]).toEqual([1, 'before two']);
});
