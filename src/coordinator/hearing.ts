/** What this coordinator itself hears of return paths: it is a collector as directors of other sites are. */
import type { Registry } from 'prom-client';
import type { Family } from '../domain/address.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { asCollector, type LiveCoordinator } from '../domain/coordinator.ts';
import type { ReturnPathReport } from '../domain/return-path.ts';
import { tickMs } from '../domain/tick.ts';
import { hearingCoordinators } from '../plan/collectors.ts';
import type { ReturnPathWord } from '../plan/observe/agent-word.ts';
import { createCollector } from '../probe/collector.ts';
import type { ProbeSocket } from '../probe/probe-socket.ts';
import { breathing } from '../runtime/breathing.ts';
import { showProofs } from './site/return-path-metrics.ts';
import type { StoreView } from './view/store-view.ts';
import { worldOf } from './view/world-of-store.ts';

/** Where a coordinator hears. */
export interface HearingPlace {
  readonly site: string;
  /** By which others reach it, one address a family. */
  readonly hearsAt: readonly string[];
  /** Of its sockets. */
  readonly addresses: readonly string[];
  readonly openSocket: (family: Family) => ProbeSocket;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Port other than that of all collectors, for tests. */
  readonly port?: number;
}

export interface HearingOptions extends HearingPlace {
  readonly own: Pick<LiveCoordinator, 'name'>;
  readonly view: StoreView;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly periodMs?: number | undefined;
  onError(error: unknown): void;
}

export interface Hearing {
  /** As of a period ago; empty where nothing is heard. */
  reports(): readonly ReturnPathReport[];
  /** Its word, where it has one. */
  words(): readonly ReturnPathWord[];
  /** Why it is deaf, though real servers are told to send to it; undefined: it is not. */
  trouble(): string | undefined;
  close(): void;
}

/** It listens for as long as real servers may be told of it. */
export function createHearing(options: HearingOptions): Hearing {
  const { own, view, clock, periodMs = tickMs } = options;
  const name = asCollector(own);
  const collector = createCollector(options);
  showProofs(options.registry, collector.counts);
  const ended = new AbortController();
  let reports: readonly ReturnPathReport[] = [];
  let timer: Timer = clock.after(periodMs, look);

  function listen(): void {
    const world = worldOf(view);
    const isAsked = hearingCoordinators(world).some((one) => one.name === own.name);
    collector.watch(isAsked ? (world.probeKeys?.ofCollector(name) ?? []) : []);
  }

  function look(): void {
    breathing(collector.report(), { operation: 'sum up return paths', signal: ended.signal })
      .then(({ returnPaths = [] }) => {
        reports = returnPaths;
      })
      .catch((error) => {
        if (!ended.signal.aborted) options.onError(error);
      })
      .finally(() => {
        if (!ended.signal.aborted) timer = clock.after(periodMs, look);
      });
  }

  view.onChange((changes) => {
    if (changes.some(({ kind }) => kind === 'coordinator' || kind === 'member' || kind === 'probe-secrets'))
      listen();
  });
  listen();

  return {
    reports: () => reports,
    words: () => (reports.length === 0 ? [] : [{ name, report: { returnPaths: reports } }]),
    trouble: collector.trouble,
    close() {
      ended.abort();
      timer.cancel();
      collector.close();
    },
  };
}
