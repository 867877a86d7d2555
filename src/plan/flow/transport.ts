/**
 * The cheapest way to serve all demand: a transport problem with a price in steps at each sink and a toll on change, solved
 * exactly by successive shortest paths (Dijkstra with potentials; Ahuja, Magnanti, Orlin: Network Flows, section 9.7).
 */
import {
  cheapestMover,
  costToEnter,
  createExchange,
  type Exchange,
  type Ledger,
  move,
  openRow,
  roomOfMove,
} from './exchange.ts';
import type { PriceStep } from './price.ts';

/** Sources and sinks by index. Amounts and costs are whole numbers; no sum of costs along a path may reach 2^53. */
export interface TransportProblem extends Omit<Ledger, 'sources' | 'sinks' | 'flow'> {
  /** Demand of each source. */
  readonly demand: Float64Array;
  /** Price steps of each sink, in the unit of `cost`; the last has no end. */
  readonly steps: readonly (readonly PriceStep[])[];
}

export interface TransportSolution {
  /** Row by row, a row a source. */
  readonly flow: Float64Array;
  /** What each sink gets. */
  readonly load: Float64Array;
  /** Demand that may go nowhere, by source. */
  readonly unplaced: Float64Array;
  /** What one more unit would cost all in all, by source and by sink; a source's is infinite where it may go nowhere. */
  readonly sourceCost: Float64Array;
  readonly sinkCost: Float64Array;
}

/**
 * First everybody goes where it is cheapest while sinks cost nothing; then what is there without a place pays for one, there or
 * where it moves on to, whichever is cheapest. The same problem has the same solution everywhere.
 */
export function solveTransport(problem: TransportProblem): TransportSolution {
  const sinks = problem.steps.length;
  const sources = problem.demand.length;
  const ledger = { ...problem, sources, sinks, flow: new Float64Array(sources * sinks) };
  const unplaced = problem.demand.map((wanted, source) => placeAtCheapest(ledger, source, wanted));
  const network = createNetwork(problem, ledger);
  for (;;) {
    const sink = cheapestExcess(network);
    if (sink === -1) break;
    relieve(network, sink);
  }
  const sinkCost = nextUnitCost(network);
  return {
    flow: ledger.flow,
    load: network.load,
    unplaced,
    sourceCost: sourceCosts(ledger, sinkCost),
    sinkCost,
  };
}

/** What stays where it was, as long as that costs no more than the cheapest way with its toll; what is left over. */
function placeAtCheapest(ledger: Ledger, source: number, wanted: number): number {
  const { sinks, cost, before, toll, frozen, flow } = ledger;
  const row = source * sinks;
  let cheapest = -1;
  let dearest = Number.POSITIVE_INFINITY;
  for (let sink = 0; sink < sinks; sink += 1) {
    const moved = real(cost, row + sink) + toll;
    if (frozen[sink] === true || moved >= dearest) continue;
    cheapest = sink;
    dearest = moved;
  }
  let left = wanted;
  while (left > 0) {
    const sink = cheapestToStay(ledger, source, dearest);
    if (sink === -1) break;
    const amount = Math.min(left, real(before, row + sink));
    flow[row + sink] = amount;
    left -= amount;
  }
  if (cheapest === -1) return left;
  flow[row + cheapest] = real(flow, row + cheapest) + left;
  return 0;
}

/** Among the ways that carried something and do not yet; −1 where each costs more than `dearest`. */
function cheapestToStay({ sinks, cost, before, flow }: Ledger, source: number, dearest: number): number {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let sink = 0, cell = source * sinks; sink < sinks; sink += 1, cell += 1) {
    if (real(before, cell) === 0 || real(flow, cell) > 0) continue;
    const staying = real(cost, cell);
    if (staying > dearest || staying >= least) continue;
    least = staying;
    found = sink;
  }
  return found;
}

/** Nodes: the sinks. What has a place at a sink, at its price, has left the network. */
interface Network {
  readonly exchange: Exchange;
  readonly sinks: number;
  readonly steps: readonly (readonly PriceStep[])[];
  /** What has a place at each sink, and what is there besides. */
  readonly load: Float64Array;
  readonly excess: Float64Array;
  /** The step that each sink's next place falls in, and its price. */
  readonly step: Int32Array;
  readonly price: Float64Array;
  /** At most what a place costs from here: no price and no move is cheaper than the difference of potentials it spans. */
  readonly potential: Float64Array;
  /** Of the search under way, beyond the potentials. */
  readonly distance: Float64Array;
  readonly from: Int32Array;
  readonly done: Int32Array;
}

function createNetwork({ steps }: TransportProblem, ledger: Ledger): Network {
  const { sources, sinks, flow } = ledger;
  const network: Network = {
    exchange: createExchange(ledger),
    sinks,
    steps,
    load: new Float64Array(sinks),
    excess: new Float64Array(sinks),
    step: new Int32Array(sinks),
    price: new Float64Array(sinks),
    potential: new Float64Array(sinks),
    distance: new Float64Array(sinks),
    from: new Int32Array(sinks),
    done: new Int32Array(sinks),
  };
  for (let source = 0, cell = 0; source < sources; source += 1) {
    for (let sink = 0; sink < sinks; sink += 1, cell += 1) {
      const amount = real(flow, cell);
      if (amount > 0) network.excess[sink] = real(network.excess, sink) + amount;
    }
  }
  for (let sink = 0; sink < sinks; sink += 1) settleStep(network, sink);
  return network;
}

/**
 * All sinks rise together, the one of the least potential first, ties to the lowest index: half as many paths as emptying one
 * sink after the other, because nothing moves to a neighbour that is about to become as dear. −1 where there is no excess.
 */
function cheapestExcess({ sinks, excess, potential }: Network): number {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let sink = 0; sink < sinks; sink += 1) {
    if (real(excess, sink) <= 0 || real(potential, sink) >= least) continue;
    least = real(potential, sink);
    found = sink;
  }
  return found;
}

/** Finds a place for as much as goes at one cost along the cheapest path. */
function relieve(network: Network, begin: number): void {
  const { exchange, excess, load, from } = network;
  const end = search(network, begin);
  let amount = Math.min(real(excess, begin), roomAtSink(network, end));
  for (let sink = end; sink !== begin; sink = whole(from, sink)) {
    amount = Math.min(amount, roomOfMove(exchange, whole(from, sink), sink));
  }
  const path: { source: number; from: number; to: number }[] = [];
  for (let sink = end; sink !== begin; sink = whole(from, sink)) {
    path.push({
      source: cheapestMover(exchange, whole(from, sink), sink),
      from: whole(from, sink),
      to: sink,
    });
  }
  for (const { source, from: tail, to } of path) move(exchange, source, tail, to, amount);
  excess[begin] = real(excess, begin) - amount;
  load[end] = real(load, end) + amount;
  settleStep(network, end);
}

/** Dijkstra until no place can be nearer than the nearest found: the sink where it is. Raises the potentials to what was learnt. */
function search(network: Network, begin: number): number {
  const { exchange, sinks, price, potential, distance, from, done } = network;
  distance.fill(Number.POSITIVE_INFINITY);
  done.fill(0);
  distance[begin] = 0;
  let end = begin;
  let total = real(price, begin) - real(potential, begin);
  for (let tail = begin; tail !== -1; tail = nearest(network, total)) {
    done[tail] = 1;
    openRow(exchange, tail);
    const base = real(distance, tail) - real(potential, tail);
    for (let head = 0, pair = tail * sinks; head < sinks; head += 1, pair += 1) {
      const through = base + real(exchange.cost, pair) + real(potential, head);
      if (through >= real(distance, head)) continue;
      distance[head] = through;
      from[head] = tail;
      const placed = through + real(price, head) - real(potential, head);
      if (placed >= total) continue;
      total = placed;
      end = head;
    }
  }
  for (let sink = 0; sink < sinks; sink += 1) {
    if (whole(done, sink) === 1) potential[sink] = real(potential, sink) + total - real(distance, sink);
  }
  return end;
}

/** The nearest sink that is not done and nearer than `limit`, ties to the lowest index; −1 where there is none. */
function nearest({ sinks, distance, done }: Network, limit: number): number {
  let found = -1;
  let least = limit;
  for (let sink = 0; sink < sinks; sink += 1) {
    if (real(distance, sink) >= least || whole(done, sink) === 1) continue;
    least = real(distance, sink);
    found = sink;
  }
  return found;
}

function roomAtSink({ steps, load, step }: Network, sink: number): number {
  return (steps[sink]?.[whole(step, sink)]?.upToMilli ?? 0) - real(load, sink);
}

/** Past the steps that are full. */
function settleStep(network: Network, sink: number): void {
  const steps = network.steps[sink] ?? [];
  while (whole(network.step, sink) < steps.length - 1 && roomAtSink(network, sink) <= 0) {
    network.step[sink] = whole(network.step, sink) + 1;
  }
  network.price[sink] = steps[whole(network.step, sink)]?.priceUs ?? 0;
}

/** From each sink to the nearest place: Dijkstra from the places backwards. Of all potentials these are the greatest. */
function nextUnitCost(network: Network): Float64Array {
  const { exchange, sinks, price, potential, distance, done } = network;
  done.fill(0);
  for (let sink = 0; sink < sinks; sink += 1) {
    distance[sink] = real(price, sink) - real(potential, sink);
    if (real(distance, sink) > 0) openRow(exchange, sink);
  }
  for (;;) {
    const head = nearest(network, Number.POSITIVE_INFINITY);
    if (head === -1) break;
    done[head] = 1;
    const base = real(distance, head) + real(potential, head);
    for (let tail = 0, pair = head; tail < sinks; tail += 1, pair += sinks) {
      const through = base + real(exchange.cost, pair) - real(potential, tail);
      if (through < real(distance, tail)) distance[tail] = through;
    }
  }
  return distance.map((beyond, sink) => beyond + real(potential, sink));
}

function sourceCosts(ledger: Ledger, sinkCost: Float64Array): Float64Array {
  return Float64Array.from({ length: ledger.sources }, (_, source) => {
    let least = Number.POSITIVE_INFINITY;
    for (let sink = 0; sink < ledger.sinks; sink += 1) {
      least = Math.min(least, costToEnter(ledger, source, sink) + real(sinkCost, sink));
    }
    return least;
  });
}

/** Every index is within bounds; these say so to the compiler. One for each kind of array, which keeps them fast. */
function real(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}

function whole(values: Int32Array, index: number): number {
  return values[index] ?? 0;
}
