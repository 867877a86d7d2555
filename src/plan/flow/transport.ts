/**
 * The cheapest way to serve all demand: a transport problem with a price in steps at each sink and a toll on change, solved
 * exactly by successive shortest paths (Dijkstra with potentials; Ahuja, Magnanti, Orlin: Network Flows, section 9.7).
 */
import type { PriceStep } from './price.ts';

/** Sources and sinks by index. Amounts and costs are whole numbers; no sum of costs along a path may reach 2^53. */
export interface TransportProblem {
  /** Demand of each source. */
  readonly demand: readonly number[];
  /** Price steps of each sink, in the unit of `cost`. */
  readonly sinks: readonly (readonly PriceStep[])[];
  /** By source, then sink: what a unit costs on the way, 0 or more; undefined where it may not go. */
  readonly cost: readonly (readonly (number | undefined)[])[];
  /** By source, then sink: what flows already; beyond it a unit pays the toll. */
  readonly before: readonly (readonly number[])[];
  readonly toll: number;
  /** Sinks that may not get more from any source than before. */
  readonly frozen: readonly boolean[];
}

export interface TransportSolution {
  /** By source, then sink. */
  readonly flow: readonly (readonly number[])[];
  /** What each sink gets. */
  readonly load: readonly number[];
  /** Demand that may go nowhere, by source. */
  readonly unplaced: readonly number[];
  /** What one more unit would cost all in all, by source and by sink, counted from a common zero. */
  readonly sourceCost: readonly number[];
  readonly sinkCost: readonly number[];
}

/** Everybody's demand in the order of the sources, ties to the lowest index: the same problem has the same solution everywhere. */
export function solveTransport(problem: TransportProblem): TransportSolution {
  const network = createNetwork(problem);
  const unplaced = problem.demand.map((wanted, source) => {
    let left = wanted;
    while (left > 0) {
      const sent = augment(network, source, left);
      if (sent === 0) break;
      left -= sent;
    }
    return left;
  });
  const { sources, sinks, flow, load, potential } = network;
  const target = at(potential, sources + sinks);
  const costFrom = (node: number): number => target - at(potential, node);
  return {
    flow: problem.demand.map((_, source) => [...flow.subarray(source * sinks, (source + 1) * sinks)]),
    load: [...load],
    unplaced,
    sourceCost: problem.demand.map((_, source) => costFrom(source)),
    sinkCost: problem.sinks.map((_, sink) => costFrom(sources + sink)),
  };
}

/** Nodes: the sources, the sinks, and one target behind all sinks. Matrices lie row by row, a row a source. */
interface Network {
  readonly problem: TransportProblem;
  readonly sources: number;
  readonly sinks: number;
  /** Infinite where nothing may go. */
  readonly cost: Float64Array;
  readonly before: Float64Array;
  readonly flow: Float64Array;
  readonly load: Float64Array;
  /** The step that each sink's next unit falls in. */
  readonly step: Int32Array;
  /** With it no arc's reduced cost (cost + potential of its tail − potential of its head) is below zero. */
  readonly potential: Float64Array;
  /** Of the search under way. */
  readonly distance: Float64Array;
  readonly from: Int32Array;
  readonly done: Uint8Array;
}

function createNetwork(problem: TransportProblem): Network {
  const sources = problem.demand.length;
  const sinks = problem.sinks.length;
  const nodes = sources + sinks + 1;
  const network: Network = {
    problem,
    sources,
    sinks,
    cost: Float64Array.from(
      problem.cost.flatMap((row) => row.map((cost) => cost ?? Number.POSITIVE_INFINITY)),
    ),
    before: Float64Array.from(problem.before.flat()),
    flow: new Float64Array(sources * sinks),
    load: new Float64Array(sinks),
    step: new Int32Array(sinks),
    potential: new Float64Array(nodes),
    distance: new Float64Array(nodes),
    from: new Int32Array(nodes),
    done: new Uint8Array(nodes),
  };
  for (let sink = 0; sink < sinks; sink += 1) settleStep(network, sink);
  return network;
}

/** Sends as much as goes at one cost along the cheapest path from `source`; 0 where there is none. */
function augment(network: Network, source: number, wanted: number): number {
  const { sources, sinks, distance, from, potential } = network;
  const target = sources + sinks;
  search(network, source);
  const total = at(distance, target);
  if (total === Number.POSITIVE_INFINITY) return 0;
  for (let node = 0; node <= target; node += 1) {
    potential[node] = at(potential, node) + Math.min(at(distance, node), total);
  }
  const last = at(from, target);
  let amount = Math.min(wanted, roomAtSink(network, last - sources));
  for (let node = last; node !== source; node = at(from, node)) {
    amount = Math.min(amount, roomBetween(network, at(from, node), node));
  }
  for (let node = last; node !== source; node = at(from, node)) {
    const tail = at(from, node);
    const cell = tail < sources ? tail * sinks + (node - sources) : node * sinks + (tail - sources);
    network.flow[cell] = at(network.flow, cell) + (tail < sources ? amount : -amount);
  }
  network.load[last - sources] = at(network.load, last - sources) + amount;
  settleStep(network, last - sources);
  return amount;
}

/** Dijkstra until the target is reached; what lies beyond keeps a distance that is too large, and counts as the target's. */
function search(network: Network, source: number): void {
  const { sources, sinks, distance, from, done } = network;
  const target = sources + sinks;
  distance.fill(Number.POSITIVE_INFINITY);
  done.fill(0);
  from.fill(-1);
  distance[source] = 0;
  for (;;) {
    const node = nearest(network);
    if (node === target) return;
    done[node] = 1;
    if (node < sources) leaveSource(network, node);
    else leaveSink(network, node - sources);
  }
}

/** To every sink: what flowed before at its cost, more at the toll besides. */
function leaveSource(network: Network, source: number): void {
  const { problem, sources, sinks, cost, before, flow, potential, distance, from, done } = network;
  const { toll, frozen } = problem;
  const base = at(distance, source) + at(potential, source);
  for (let sink = 0, cell = source * sinks; sink < sinks; sink += 1, cell += 1) {
    const head = sources + sink;
    if (at(done, head) === 1) continue;
    const isNew = at(flow, cell) >= at(before, cell);
    if (isNew && frozen[sink] === true) continue;
    const through = base + at(cost, cell) + (isNew ? toll : 0) - at(potential, head);
    if (through >= at(distance, head)) continue;
    distance[head] = through;
    from[head] = source;
  }
}

/** Back to every source that has something there, for what it cost; and on to the target, for the sink's price. */
function leaveSink(network: Network, sink: number): void {
  const { problem, sources, sinks, cost, before, flow, potential, distance, from, done, step } = network;
  const tail = sources + sink;
  const base = at(distance, tail) + at(potential, tail);
  for (let source = 0, cell = sink; source < sources; source += 1, cell += sinks) {
    const amount = at(flow, cell);
    if (amount === 0 || at(done, source) === 1) continue;
    const regained = at(cost, cell) + (amount > at(before, cell) ? problem.toll : 0);
    const through = base - regained - at(potential, source);
    if (through >= at(distance, source)) continue;
    distance[source] = through;
    from[source] = tail;
  }
  const target = sources + sinks;
  const price = problem.sinks[sink]?.[at(step, sink)]?.priceUs ?? Number.POSITIVE_INFINITY;
  const through = base + price - at(potential, target);
  if (through >= at(distance, target)) return;
  distance[target] = through;
  from[target] = tail;
}

function nearest({ distance, done }: Network): number {
  const target = distance.length - 1;
  let found = -1;
  let least = at(distance, target);
  for (let node = 0; node < target; node += 1) {
    if (at(done, node) === 1 || at(distance, node) >= least) continue;
    least = at(distance, node);
    found = node;
  }
  return found === -1 ? target : found;
}

/** How many units go from `tail` to `head` at the same cost. */
function roomBetween({ sources, sinks, before, flow }: Network, tail: number, head: number): number {
  const cell = tail < sources ? tail * sinks + (head - sources) : head * sinks + (tail - sources);
  const change = at(flow, cell) - at(before, cell);
  if (tail < sources) return change < 0 ? -change : Number.POSITIVE_INFINITY;
  return change > 0 ? change : at(flow, cell);
}

function roomAtSink({ problem, load, step }: Network, sink: number): number {
  return (problem.sinks[sink]?.[at(step, sink)]?.upToMilli ?? 0) - at(load, sink);
}

/** Past the steps that are full. */
function settleStep(network: Network, sink: number): void {
  const steps = network.problem.sinks[sink] ?? [];
  while (at(network.step, sink) < steps.length - 1 && roomAtSink(network, sink) <= 0) {
    network.step[sink] = at(network.step, sink) + 1;
  }
}

/** Every index is within bounds; this says so to the compiler. */
function at(values: Float64Array | Int32Array | Uint8Array, index: number): number {
  return values[index] ?? 0;
}
