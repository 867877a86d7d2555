/** What a scrape shows of missing, held and troubled agents; looked up when it is asked for. */
import { Gauge, type Registry } from 'prom-client';
import type { UnsupervisedServer } from '../../domain/status.ts';
import type { World } from '../../domain/world.ts';
import { metricPrefix } from '../coordinator-metrics.ts';
import type { AgentRecords } from './agent-record.ts';

export interface SupervisionSource {
  readonly agents: Pick<AgentRecords, 'all' | 'find'>;
  members(): Pick<World, 'directors' | 'realServers'>;
  unsupervised(): readonly UnsupervisedServer[];
}

export function showSupervision(registry: Registry, source: SupervisionSource): void {
  const registers = [registry];
  const perSite = (
    name: string,
    help: string,
    of: () => { readonly sites: readonly string[]; readonly found: readonly string[] },
  ) =>
    new Gauge({
      name: `${metricPrefix}${name}`,
      help,
      labelNames: ['site'],
      registers,
      collect() {
        this.reset();
        const { sites, found } = of();
        for (const site of new Set(sites)) this.set({ site }, 0);
        for (const site of found) this.inc({ site });
      },
    });
  perSite(
    'real_servers_unsupervised',
    'Real servers that are reached, but whose agent answers no director or is not connected: their last verdicts stand',
    () => {
      const { realServers } = source.members();
      const siteOf = new Map(realServers.map(({ name, site }) => [name, site]));
      const found = source.unsupervised().map(({ realServer }) => siteOf.get(realServer) ?? '');
      return { sites: [...siteOf.values()], found };
    },
  );
  perSite(
    'directors_held',
    'Connected directors that suspect themselves, and so hold weights and deletions',
    () => {
      const { directors } = source.members();
      const isHeld = (name: string): boolean => {
        const record = source.agents.find('director', name);
        return record?.isConnected === true && record.report.held !== '';
      };
      return {
        sites: directors.map(({ site }) => site),
        found: directors.flatMap(({ name, site }) => (isHeld(name) ? [site] : [])),
      };
    },
  );
  new Gauge({
    name: `${metricPrefix}agent_troubles`,
    help: 'Troubles that a connected agent tells of its host; agents without any are absent',
    labelNames: ['role', 'agent'],
    registers,
    collect() {
      this.reset();
      for (const { role, name, stream, report } of source.agents.all()) {
        if (stream !== undefined && report.troubles.length > 0)
          this.set({ role, agent: name }, report.troubles.length);
      }
    },
  });
}
