/** What a director's knocks cost while the agents of very many real servers are absent at once. */
import { fileURLToPath } from 'node:url';
import { inOwnProcess } from './own-process.ts';
import type { Benchmark } from './run.ts';

export interface KnocksReport {
  readonly realServers: number;
  /** In the time measured. */
  readonly seconds: number;
  readonly knocksPerSecond: number;
  /** From one knock to the next at one real server. */
  readonly everyMs: number;
  /** Of this process; a whole core is 1. The other end runs in another. */
  readonly cores: number;
  /** p99 and longest turn of the event loop, ms. */
  readonly turnP99Ms: number;
  readonly turnMaxMs: number;
  /** How many were taken for dead meanwhile. */
  readonly down: number;
}

const file = fileURLToPath(new URL('./knocks-fleet.ts', import.meta.url));

export const knocksBenchmark: Benchmark = {
  summary: 'what knocks cost a director while so many agents are absent at once',
  options: { servers: { type: 'string', default: '2000' } },
  async run(log, values) {
    const servers = Number(values.servers);
    if (!Number.isInteger(servers) || servers < 1 || servers > 4_000)
      throw new Error(`--servers ${values.servers}: expected a whole number from 1 to 4000`);
    const rows: KnocksReport[] = [];
    for (const present of [true, false]) {
      log(`${servers} real servers, agents ${present ? 'present' : 'absent'} …`);
      rows.push(inOwnProcess<KnocksReport>(file, String(servers), present ? 'present' : 'absent'));
    }
    const [present, absent] = rows;
    const line = (name: string, row: KnocksReport | undefined): string =>
      row === undefined
        ? ''
        : `${name}: ${Math.round(row.knocksPerSecond)} knocks/s${row.everyMs > 0 ? `, each server every ${Math.round(row.everyMs)} ms` : ''}; ` +
          `${(100 * row.cores).toFixed(0)} % of a core; turns of the loop p99 ${row.turnP99Ms.toFixed(1)} ms, longest ${row.turnMaxMs.toFixed(1)} ms; ${row.down} taken for dead`;
    return {
      lines: [`${servers} real servers`, line('agents present', present), line('agents absent', absent)],
      report: { present, absent },
    };
  },
};
