/** What a scrape shows of directors that choose differently; looked up when it is asked for. */
import { Gauge, type Registry } from 'prom-client';
import type { Disagreement } from '../../domain/status.ts';
import { metricPrefix } from '../coordinator-metrics.ts';

export function showDisagreements(registry: Registry, disagreements: () => readonly Disagreement[]): void {
  new Gauge({
    name: `${metricPrefix}directors_disagree`,
    help: 'Services for which directors of a site choose real servers differently, by content or by order alone: 1; others are absent',
    labelNames: ['service', 'site', 'about'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, site, about } of disagreements()) this.set({ service, site, about }, 1);
    },
  });
}
