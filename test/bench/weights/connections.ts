/** Which connections are open: they begin where the weights say, stay there whatever the weights say later, and end. */
import type { Matrix } from './matrix.ts';
import { matrixOf, rowSums } from './matrix.ts';
import { kinds } from './world.ts';

/** By kind of connection, then city, then site: how many are open. A fluid: no whole numbers. */
export type Connections = readonly Matrix[];

export interface Tick {
  /** New connections in this second, by city. */
  readonly arrivals: readonly number[];
  /** By city, then site: where new ones go; a city's shares add up to 1. */
  readonly split: Matrix;
  /** By site: whether it answers. What was open there breaks, and is opened again in the same second. */
  readonly isUp: readonly boolean[];
}

export interface TickResult {
  readonly connections: Connections;
  /** Opened in this second, by city: the new ones and those that broke. What a director counts. */
  readonly opened: readonly number[];
}

/** As if the arrivals and the split had always been these. */
export function steadyConnections(arrivals: readonly number[], split: Matrix): Connections {
  return kinds.map((kind) =>
    matrixOf(
      (city, site) => (arrivals[city] ?? 0) * kind.share * kind.meanSeconds * (split[city]?.[site] ?? 0),
    ),
  );
}

export function nextConnections(connections: Connections, { arrivals, split, isUp }: Tick): TickResult {
  const opened = [...arrivals];
  const next = kinds.map((kind, index) => {
    const kept = Math.exp(-1 / kind.meanSeconds);
    return (connections[index] ?? []).map((row, city) => {
      let broken = 0;
      const staying = row.map((open, site) => {
        if (isUp[site] === true) return open * kept;
        broken += open * kept;
        return 0;
      });
      opened[city] = (opened[city] ?? 0) + broken;
      const begins = (arrivals[city] ?? 0) * kind.share + broken;
      return staying.map((open, site) => open + begins * (split[city]?.[site] ?? 0));
    });
  });
  return { connections: next, opened };
}

/** By city, then site, of every kind. */
export function openConnections(connections: Connections): Matrix {
  return matrixOf((city, site) => {
    let sum = 0;
    for (const kind of connections) sum += kind[city]?.[site] ?? 0;
    return sum;
  });
}

/** By city: what is open of each city's clients, wherever it is. */
export function openByCity(connections: Connections): number[] {
  return rowSums(openConnections(connections));
}
