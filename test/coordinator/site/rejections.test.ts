import { expect, test } from 'vitest';
import { createMetrics } from '../../../src/coordinator/coordinator-metrics.ts';
import { createRejections } from '../../../src/coordinator/site/rejections.ts';
import type { Logger } from '../../../src/runtime/log.ts';

function open() {
  let nowMs = 0;
  const lines: object[] = [];
  const log = { warn: (fields: object) => void lines.push(fields) } as unknown as Logger;
  const clock = { nowMs: () => 0, monotonicMs: () => nowMs, after: () => ({ cancel() {} }) };
  const metrics = createMetrics();
  const rejections = createRejections({ log, metrics, clock });
  return { rejections, lines, metrics, pass: (ms: number) => (nowMs += ms) };
}

const odd = (found: number) => ({ name: 'active connections', found: String(found), why: 'negative' });

test('20,000 odd counters of a report are counted, and told in one line; again after a minute, with how many there were', async () => {
  const { rejections, lines, metrics, pass } = open();
  for (let index = 1; index <= 20_000; index++) rejections.take('fra-d1', odd(-index));
  expect(lines).toMatchObject([{ agent: 'fra-d1', sample: 'active connections', found: '-1' }]);
  const { values } = await metrics.telemetryRejected.get();
  expect(values.map(({ value }) => value)).toEqual([20_000]);
  pass(60_000);
  rejections.take('fra-d1', odd(-1));
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ untold: 19_999 });
});

test('many agents together fill no log either', () => {
  const { rejections, lines, pass } = open();
  for (let index = 0; index < 20_000; index++) rejections.take(`r${index}`, odd(-1));
  expect(lines).toHaveLength(100);
  pass(60_000);
  rejections.take('r0', odd(-1));
  expect(lines.at(-1)).toMatchObject({ agent: 'r0', untold: 19_900 });
});
