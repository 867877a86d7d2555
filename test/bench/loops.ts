/** Where directors and coordinators of a large fleet keep their event loops: the whole time, and the longest single turn. */
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/domain/error.ts';
import { loopParts } from './loops/part.ts';
import type { LoopRow } from './loops/turns.ts';
import { inOwnProcess } from './own-process.ts';
import type { Benchmark } from './run.ts';

export interface LoopsReport {
  readonly rows: readonly LoopRow[];
}

const file = fileURLToPath(new URL('./loops/part.ts', import.meta.url));

export const loopsBenchmark: Benchmark = {
  summary: 'how long single turns of the event loop are at 50 sites, 500 services, 24,000 real servers',
  parts: Object.keys(loopParts),
  async run(log, _, asked) {
    const rows: LoopRow[] = [];
    for (const part of asked) {
      log(`${part} …`);
      try {
        rows.push(...inOwnProcess<LoopRow[]>(file, part));
      } catch (error) {
        throw new Error(`loops ${part}: ${messageOf(error)}`);
      }
    }
    const width = Math.max(...rows.map(({ what }) => what.length));
    const line = (what: string, cells: readonly string[]): string =>
      [what.padEnd(width), ...cells.map((cell) => cell.padStart(13))].join('  ');
    return {
      lines: [
        line('', ['whole, ms', 'longest turn', 'whole, CPU', 'longest, CPU']),
        ...rows.map(({ what, wholeMs, longestTurnMs, wholeCpuMs, longestTurnCpuMs }) =>
          line(
            what,
            [wholeMs, longestTurnMs, wholeCpuMs, longestTurnCpuMs].map((ms) => ms.toFixed(1)),
          ),
        ),
      ],
      report: { rows } satisfies LoopsReport,
    };
  },
};
