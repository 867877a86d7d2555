/** What both agents show to Prometheus of changes by others, and of changes that they hold back. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { type DriftName, driftNames } from '../../src/domain/drift.ts';

/** Every name has its line from the beginning, so that a first change is seen as growth. */
export function driftCounter(
  prefix: string,
  registers: Registry[],
): (name: DriftName, count: number) => void {
  const counter = new Counter({
    name: `${prefix}_drift_total`,
    help: 'What others on this host changed of what is ours there, by what it was.',
    labelNames: ['name'],
    registers,
  });
  for (const name of Object.keys(driftNames)) counter.inc({ name }, 0);
  return (name, count) => counter.inc({ name }, count);
}

export function showObserved(registry: Registry, prefix: string, count: () => number): void {
  new Gauge({
    name: `${prefix}_observed_operations`,
    help: 'Changes to this host that are due and not made, as the agent only observes.',
    registers: [registry],
    collect() {
      this.set(count());
    },
  });
}
