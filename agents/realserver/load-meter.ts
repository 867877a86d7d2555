/** When a real server measures how loaded it is, and what is known of it by now. */

import type { Clock, Timer } from '../../src/domain/clock.ts';
import { messageOf } from '../../src/domain/error.ts';
import { isProbeSourcePort } from '../../src/domain/probe.ts';
import type { LoadReport } from '../../src/domain/report.ts';
import { tickMs } from '../../src/domain/tick.ts';
import type { LocalEnd, TcpSockets } from '../../src/kernel/sockets/tcp-sockets.ts';
import type { Logger } from '../../src/runtime/log.ts';
import type { ShareSource } from './cpu.ts';

export interface LoadMeterOptions {
  readonly clock: Clock;
  readonly sockets: TcpSockets;
  readonly cpu: ShareSource;
  /** Concurrent connections this server is built for. */
  readonly capacity: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

export interface LoadMeter {
  /** From now on connections here count, but for these directors' knocks; what was counted elsewhere is forgotten. */
  watch(ends: readonly LocalEnd[], directors: readonly string[]): void;
  /** As last measured. */
  report(): LoadReport;
  close(): void;
}

/** As often as it is reported. */
const intervalMs = tickMs;

type Measured = 'cpu' | 'connections' | 'backlog';

const nothingKnown = { connections: undefined, backlogUtil: undefined };

export function createLoadMeter(options: LoadMeterOptions): LoadMeter {
  const { clock, sockets, capacity, log } = options;
  let ends: readonly LocalEnd[] = [];
  let directors: readonly string[] = [];
  let cpuUtil: number | undefined;
  let counted: Pick<LoadReport, 'connections' | 'backlogUtil'> = nothingKnown;
  const troubles = new Map<Measured, string>();
  let measuring = false;
  let closed = false;
  let timer: Timer | undefined;

  /** Undefined where it can't be told; why is logged once, until it is another reason or none. */
  async function told(what: Measured, source: ShareSource): Promise<number | undefined> {
    try {
      const value = await source();
      if (troubles.delete(what)) log.info({ resource: what }, 'load is known again');
      return value;
    } catch (error) {
      const reason = messageOf(error);
      if (troubles.get(what) !== reason) log.warn({ resource: what, reason }, 'load is not known');
      troubles.set(what, reason);
      return undefined;
    }
  }

  async function measure(): Promise<void> {
    timer = undefined;
    measuring = true;
    cpuUtil = await told('cpu', options.cpu);
    let counting: readonly LocalEnd[];
    do {
      counting = ends;
      const found = await count(counting);
      if (counting === ends) counted = found;
    } while (counting !== ends && !closed);
    measuring = false;
    if (!closed) timer = clock.after(intervalMs, () => void measure());
  }

  /** Without a TCP port there is nothing to be counted, which is not the same as none. */
  async function count(at: readonly LocalEnd[]): Promise<typeof counted> {
    if (at.length === 0) return nothingKnown;
    const knockers = { addresses: directors, isKnockPort: isProbeSourcePort };
    const connections = await told('connections', () => sockets.established(at, knockers));
    const backlogUtil = await told('backlog', () => sockets.fullestQueue(at));
    return { connections, backlogUtil };
  }

  function measureNow(): void {
    timer?.cancel();
    if (!measuring && !closed) void measure();
  }

  measureNow();
  return {
    watch(next, nextDirectors) {
      directors = nextDirectors;
      if (JSON.stringify(next) === JSON.stringify(ends)) return;
      ends = next;
      counted = nothingKnown;
      measureNow();
    },
    report: () => ({
      ...counted,
      connectionsUtil: counted.connections === undefined ? undefined : counted.connections / capacity,
      cpuUtil,
    }),
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}
