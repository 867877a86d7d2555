import { Gauge, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { atOnce } from '../../src/domain/steps.ts';
import { expositionOf, gaugeText, type Sample } from '../../src/runtime/exposition.ts';

const [name, help, labelNames] = ['causeway_test', 'What it is.', ['real_server', 'state']];

/** What prom-client writes of the same. */
async function asGauge(samples: readonly Sample[]): Promise<string> {
  const gauge = new Gauge({ name, help, labelNames, registers: [] });
  for (const [[real_server = '', state = ''], value] of samples) gauge.set({ real_server, state }, value);
  const registry = new Registry();
  registry.registerMetric(gauge);
  return registry.metrics();
}

describe('a gauge as text', () => {
  test.each<[string, readonly Sample[]]>([
    ['one line', [[['fra-1', 'up'], 1]]],
    ['figures', [1, 0, 0.25, 1e-7, 123_456.789].map((value, index): Sample => [[`r${index}`, 'up'], value])],
    ['odd labels', [[['a "quoted" \\ name', 'two\nlines'], 1]]],
    [
      'as many lines as steps end with',
      Array.from({ length: 1_998 }, (_, index): Sample => [[`r${index}`, 'up'], index]),
    ],
    ['many', Array.from({ length: 2_500 }, (_, index): Sample => [[`r${index}`, 'up'], index])],
  ])('%s: as prom-client writes it', async (_, samples) => {
    expect(atOnce(gaugeText(name, help, labelNames, samples))).toBe(await asGauge(samples));
  });

  test('without lines it is only named', () => {
    expect(atOnce(gaugeText(name, help, labelNames, []))).toBe(
      '# HELP causeway_test What it is.\n# TYPE causeway_test gauge\n',
    );
  });
});

test('a scrape has what the registry has, and what is written besides, made anew', async () => {
  const registry = new Registry();
  new Gauge({ name: 'own', help: 'Of its own.', registers: [registry] }).set(7);
  let scrapes = 0;
  const exposition = expositionOf(registry, () => {
    scrapes += 1;
    return gaugeText(name, help, labelNames, [[['fra-1', 'up'], scrapes]]);
  });
  await exposition.metrics();
  const text = await exposition.metrics();
  expect(text).toContain('own 7\n');
  expect(text).toContain('\ncauseway_test{real_server="fra-1",state="up"} 2\n');
  expect(exposition.contentType).toBe(registry.contentType);
});
