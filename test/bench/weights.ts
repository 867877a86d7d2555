/** How good is the placement `optimal`, against what others do? A simulated WAN, every policy through the same faults. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FlowSpeed, measureFlowSpeed } from './flow-speed.ts';
import { type LeaderCase, measureLeaders } from './leader-speed.ts';
import type { Benchmark } from './run.ts';
import { most, type Took } from './stopwatch.ts';
import { chartOf, type Line } from './weights/chart.ts';
import { createCourse } from './weights/course.ts';
import { aimNotes, type Speed, speedNotes, worldNotes } from './weights/notes.ts';
import { policies } from './weights/policies/all.ts';
import { scenarios } from './weights/scenarios.ts';
import { simulate } from './weights/simulate.ts';
import { linesOf, type Run, rowsOf } from './weights/table.ts';

const ourPolicy = 'optimal';

export const weightsBenchmark: Benchmark = {
  summary: 'seven faults of a simulated WAN, policies side by side (about 2 minutes), and how fast it is',
  parts: ['quality', 'speed'],
  options: {
    out: { type: 'string' },
    seeds: { type: 'string', default: '42,43,44' },
    scenarios: { type: 'string', default: scenarios.map(({ name }) => name).join(',') },
    policies: { type: 'string', default: policies.map(({ name }) => name).join(',') },
    verbose: { type: 'boolean', default: false },
  },
  async run(log, values, parts) {
    const seeds = seedsOf(textOf(values.seeds));
    const asked = chosenBy('scenario', textOf(values.scenarios), scenarios);
    const chosen = parts.includes('quality') ? asked : [];
    const compared = chosenBy('policy', textOf(values.policies), policies);
    const runs: Run[] = [];
    for (const scenario of chosen) {
      for (const [index, seed] of seeds.entries()) {
        log(`${scenario.name}, seed ${seed}`);
        const course = createCourse(scenario, seed);
        const lines: Line[] = [];
        for (const kind of compared) {
          const { metrics, series } = simulate(course, kind);
          runs.push({ policy: kind.name, label: kind.label, scenario: scenario.name, seed, metrics });
          lines.push({ label: kind.label, series });
        }
        if (index === 0 && values.out !== undefined) {
          writeChart(textOf(values.out), scenario.name, `${scenario.name}, seed ${seed}`, lines);
        }
      }
    }
    if (!parts.includes('speed')) return reportOf(runs, values.verbose === true, undefined);
    log('speed of a full tick');
    const leader = measureLeaders();
    log('speed of the optimum alone');
    return reportOf(runs, values.verbose === true, speedOf(leader, measureFlowSpeed()));
  },
};

function reportOf(runs: readonly Run[], isVerbose: boolean, speed: Speed | undefined) {
  const rows = rowsOf(runs);
  const byScenario = [...Map.groupBy(runs, ({ scenario }) => scenario)].map(([scenario, own]) => ({
    scenario,
    rows: rowsOf(own),
  }));
  const ours = rows.find(({ policy }) => policy === ourPolicy);
  const notes = [
    ...worldNotes(),
    ...(ours === undefined ? [] : aimNotes(ours)),
    ...(speed === undefined ? [] : speedNotes(speed)),
  ];
  return {
    report: { rows, ...(speed === undefined ? {} : { speed }), scenarios: byScenario, notes },
    lines: [
      ...(isVerbose
        ? byScenario.flatMap((part) => [...linesOf(`scenario ${part.scenario}`, part.rows), ''])
        : []),
      ...linesOf('policy', rows),
      '',
      ...notes,
    ],
  };
}

function speedOf(leader: readonly LeaderCase[], optimum: FlowSpeed): Speed {
  const ofAll = (figures: (one: LeaderCase) => readonly Took[]) => most(leader.flatMap(figures));
  return {
    fullTickMs: ofAll(({ coldTickMs, warmTickMs }) => [coldTickMs, warmTickMs]),
    eventP99Ms: ofAll(({ eventP99Ms }) => [eventP99Ms]),
    rssMb: Math.max(...leader.map(({ rssMb }) => rssMb)),
    livesMb: Math.max(...leader.map(({ livesMb }) => livesMb)),
    hearMs: ofAll(({ hearMs }) => [hearMs]),
    observeMs: ofAll(({ observeMs }) => [observeMs]),
    optimum: { fullTickMs: optimum.fullTickMs, eventP99Ms: optimum.eventP99Ms },
  };
}

function writeChart(folder: string, name: string, title: string, lines: readonly Line[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), chartOf(title, lines));
}

function seedsOf(text: string): number[] {
  const seeds = text.split(',').map(Number);
  if (seeds.every(Number.isSafeInteger)) return [...new Set(seeds)];
  throw new Error(`seeds are whole numbers with commas between them, found ${text}`);
}

function chosenBy<Named extends { readonly name: string }>(
  what: string,
  text: string,
  all: readonly Named[],
): Named[] {
  const names = text.split(',');
  const unknown = names.find((name) => all.every((one) => one.name !== name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  throw new Error(`there is no ${what} ${unknown}; there is: ${all.map(({ name }) => name).join(', ')}`);
}

function textOf(value: string | boolean | undefined): string {
  return typeof value === 'string' ? value : '';
}
