import { expect, it } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';

it('what is over already is next, and Node has nothing to warn of', async () => {
  const warnings: string[] = [];
  const listen = (warning: Error) => warnings.push(warning.name);
  process.on('warning', listen);
  await new Promise<void>((resolve) => realClock.after(-1_732, resolve));
  await new Promise(setImmediate);
  process.off('warning', listen);
  expect(warnings).toEqual([]);
});
