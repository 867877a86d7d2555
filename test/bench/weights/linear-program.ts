/** Where traffic would best go by distance alone, solved by somebody else (HiGHS). */
import { createRequire } from 'node:module';
import type { Highs } from 'highs';
import { type Matrix, matrixOf } from './matrix.ts';

// Its types describe the CommonJS build only.
const loadHighs: () => Promise<Highs> = createRequire(import.meta.url)('highs');
const highs = await loadHighs();

/**
 * No site fuller than this, nor by any policy that fills sites one after the other: with 0.85 what they cannot foresee makes them
 * hot for 2,900 site-seconds, with 0.8 for 1,200, 900 of which are the site that is weaker than declared.
 */
export const fillTo = 0.8;
/** Where not everything fits. */
const beyondMs = 1_000;

export interface Placement {
  /** By city: concurrent connections. */
  readonly demand: readonly number[];
  /** By site. */
  readonly capacity: readonly number[];
  readonly rttMs: Matrix;
}

/** By city, then site: the flows of the least mean RTT. */
export function leastRtt({ demand, capacity, rttMs }: Placement): number[][] {
  // The solver's tolerances are absolute: in thousands of connections they mean something.
  const thousands = (connections: number): string => (connections / 1_000).toFixed(6);
  const terms: string[] = [];
  const rows: string[] = [];
  for (const [city, wanted] of demand.entries()) {
    const cells = capacity.map((_, site) => `f${city}_${site}`);
    rows.push(` d${city}: ${cells.join(' + ')} = ${thousands(wanted)}`);
    for (const [site, cell] of cells.entries()) terms.push(`${rttMs[city]?.[site] ?? 0} ${cell}`);
  }
  for (const [site, room] of capacity.entries()) {
    terms.push(`${beyondMs} o${site}`);
    const arriving = demand.map((_, city) => `f${city}_${site}`).join(' + ');
    rows.push(` c${site}: ${arriving} - o${site} <= ${thousands(room * fillTo)}`);
  }
  const text = `Minimize\n cost: ${terms.join('\n + ')}\nSubject To\n${rows.join('\n')}\nEnd`;
  const { Status, Columns } = highs.solve(text);
  if (Status !== 'Optimal') throw new Error(`the linear program is ${Status}`);
  return matrixOf((city, site) => {
    const column = Columns[`f${city}_${site}`];
    return 1_000 * Math.max(0, column !== undefined && 'Primal' in column ? (column.Primal ?? 0) : 0);
  });
}

/** Mean over connections. */
export function meanRttMs(flows: Matrix, rttMs: Matrix): number {
  let connections = 0;
  let sum = 0;
  for (const [city, row] of flows.entries()) {
    for (const [site, flow] of row.entries()) {
      connections += flow;
      sum += flow * (rttMs[city]?.[site] ?? 0);
    }
  }
  return connections > 0 ? sum / connections : 0;
}
