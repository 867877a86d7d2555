import { describe, expect, test } from 'vitest';
import { changesOf, type WhatIfOptions } from '../../src/cli/what-if-options.ts';
import type { WhatIfChange } from '../../src/domain/question.ts';

describe('what is understood', () => {
  test.each<[WhatIfOptions, WhatIfChange]>([
    [{ site: ['lon=down'] }, { kind: 'site-down', site: 'lon' }],
    [{ rtt: ['fra:lon=120ms'] }, { kind: 'rtt', from: 'fra', to: 'lon', us: 120_000 }],
    [{ rtt: ['fra:fra=0.25ms'] }, { kind: 'rtt', from: 'fra', to: 'fra', us: 250 }],
    [{ rtt: ['fra:lon=10000ms'] }, { kind: 'rtt', from: 'fra', to: 'lon', us: 10_000_000 }],
    [{ capacity: ['nyc=-50%'] }, { kind: 'capacity', site: 'nyc', permille: 500 }],
    [{ capacity: ['nyc=-100%'] }, { kind: 'capacity', site: 'nyc', permille: 0 }],
    [{ demand: ['fra=+12.5%'] }, { kind: 'demand', site: 'fra', permille: 1_125 }],
    [{ demand: ['fra=+900%'] }, { kind: 'demand', site: 'fra', permille: 10_000 }],
    [{ drain: ['fra-r1'] }, { kind: 'drain', name: 'fra-r1' }],
  ])('%j', (options, change) => {
    expect(changesOf(options)).toEqual([change]);
  });

  test('several of each, together', () => {
    const changes = changesOf({ site: ['lon=down', 'ams=down'], drain: ['nyc'] });
    expect(changes.map(({ kind }) => kind)).toEqual(['site-down', 'site-down', 'drain']);
  });
});

describe('what is not says what was found and what was expected', () => {
  const way = 'two sites and a round trip of at most 10 s, such as fra:lon=120ms';
  const relative = 'a site and by how much, such as nyc=-50% or fra=+20% (-100% to +900%)';
  test.each<[WhatIfOptions, string]>([
    [{}, 'say what to suppose: --site, --rtt, --capacity, --demand or --drain'],
    [{ site: ['lon'] }, '--site: found "lon", expected a site that is down, such as lon=down'],
    [{ site: ['lon=up'] }, '--site: found "lon=up", expected a site that is down, such as lon=down'],
    [{ site: ['=down'] }, '--site: found "=down", expected a site that is down, such as lon=down'],
    [{ rtt: ['fra:lon=abc'] }, `--rtt: found "fra:lon=abc", expected ${way}`],
    [{ rtt: ['fra:lon=120'] }, `--rtt: found "fra:lon=120", expected ${way}`],
    [{ rtt: ['fra:lon=-1ms'] }, `--rtt: found "fra:lon=-1ms", expected ${way}`],
    [{ rtt: ['fra:lon=10001ms'] }, `--rtt: found "fra:lon=10001ms", expected ${way}`],
    [{ rtt: ['fra=120ms'] }, `--rtt: found "fra=120ms", expected ${way}`],
    [{ rtt: ['fra:lon:nyc=1ms'] }, `--rtt: found "fra:lon:nyc=1ms", expected ${way}`],
    [{ capacity: ['nyc=50%'] }, `--capacity: found "nyc=50%", expected ${relative}`],
    [{ capacity: ['nyc=-101%'] }, `--capacity: found "nyc=-101%", expected ${relative}`],
    [{ capacity: ['-50%'] }, `--capacity: found "-50%", expected ${relative}`],
    [{ demand: ['fra=+901%'] }, `--demand: found "fra=+901%", expected ${relative}`],
    [{ demand: ['fra=+'] }, `--demand: found "fra=+", expected ${relative}`],
  ])('%j', (options, message) => {
    expect(() => changesOf(options)).toThrow(expect.objectContaining({ name: 'Misuse', message }));
  });
});
