/** What this coordinator tells others of the agents that are connected here. */
import type { PeerHandlers } from '../../api/handlers.ts';
import type { Clock } from '../../domain/clock.ts';
import type { SiteDigest } from '../../domain/digest.ts';
import type { ReturnPathReport } from '../../domain/return-path.ts';
import { tickMs } from '../../domain/tick.ts';
import type { LatencySample } from '../../plan/latency.ts';
import { digestOf } from '../../plan/observe/digest.ts';
import { breathing } from '../../runtime/breathing.ts';
import { pause } from '../../runtime/pause.ts';
import type { StoreView } from '../view/store-view.ts';
import type { AgentRecord, AgentRecords } from './agent-record.ts';
import { createLatencySampler, type LatencySamplerOptions } from './latency-samples.ts';

export interface ObservationsOptions extends Pick<LatencySamplerOptions, 'supervision'> {
  /** Name of this coordinator. */
  readonly name: string;
  readonly agents: AgentRecords;
  readonly view: Pick<StoreView, 'member'>;
  readonly clock: Clock;
  publishedRevision(): number;
  /** What this coordinator itself hears of return paths. */
  collected(): readonly ReturnPathReport[];
}

export interface Observations extends PeerHandlers {
  /** Something of this agent is not as it was. */
  changed(agent: AgentRecord): void;
}

/** News are told this often at most, and everything at least once a tick: so whoever listens knows that somebody speaks. */
const newsMs = 500;

export function createObservations(options: ObservationsOptions): Observations {
  const { name: coordinator, agents, view, clock, supervision } = options;
  /** By site: how many times something has changed. */
  const changes = new Map<string, number>();

  function siteOf({ role, name }: AgentRecord): string | undefined {
    return view.member(role, name)?.value.site;
  }

  function digest(
    site: string,
    records: readonly AgentRecord[],
    rtt: readonly LatencySample[],
    collected: readonly ReturnPathReport[],
  ): SiteDigest {
    const moment = { takenAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    const publishedRevision = options.publishedRevision();
    const heard = collected.length === 0 ? undefined : collected;
    return digestOf({ coordinator, site, ...moment, publishedRevision }, records, rtt, heard);
  }

  function bySite(): ReadonlyMap<string, readonly AgentRecord[]> {
    const found = new Map<string, AgentRecord[]>();
    for (const record of agents.all()) {
      const site = siteOf(record);
      if (site === undefined) continue;
      const own = found.get(site);
      if (own === undefined) found.set(site, [record]);
      else own.push(record);
    }
    return found;
  }

  return {
    changed(agent) {
      const site = siteOf(agent);
      if (site !== undefined) changes.set(site, (changes.get(site) ?? 0) + 1);
    },
    async *observe(_asker, { once, signal }) {
      const sample = createLatencySampler({ agents, view, supervision });
      const told = new Map<string, number>();
      let tickAtMs = clock.monotonicMs();
      let isTick = true;
      while (!signal.aborted) {
        const nowMs = clock.monotonicMs();
        const rtt =
          isTick && !once
            ? await breathing(sample(nowMs - tickMs, nowMs), { operation: 'sum up round trips', signal })
            : [];
        if (isTick) tickAtMs = nowMs;
        const rttBySite = Map.groupBy(rtt, ({ from }) => from);
        const sites = bySite();
        // It is told once a tick, beside whatever site comes first.
        let collected = isTick ? options.collected() : [];
        // So that whoever listens to one without agents knows that it speaks.
        if (isTick && sites.size === 0) yield digest('', [], [], collected);
        for (const [site, records] of sites) {
          const count = changes.get(site) ?? 0;
          if (!isTick && told.get(site) === count) continue;
          told.set(site, count);
          yield digest(site, records, rttBySite.get(site) ?? [], collected);
          collected = [];
        }
        if (once) return;
        await pause(clock, Math.min(newsMs, Math.max(0, tickAtMs + tickMs - clock.monotonicMs())), signal);
        isTick = clock.monotonicMs() - tickAtMs >= tickMs;
      }
    },
  };
}
