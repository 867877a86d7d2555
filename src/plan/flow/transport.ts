/**
 * The cheapest way to serve all demand: a transport problem with a price in steps at each sink and a toll on change, solved
 * exactly by successive shortest paths (Dijkstra with potentials; Ahuja, Magnanti, Orlin: Network Flows, section 9.7).
 */
import {
  beginOfRow,
  cheapestMover,
  costToEnter,
  type Ledger,
  move,
  openRow,
  roomOfMove,
} from './exchange.ts';
import { placeAtCheapest } from './first-placement.ts';
import {
  createNetwork,
  type Network,
  nearest,
  real,
  roomAtSink,
  search,
  settleStep,
  whole,
} from './network.ts';
import type { PriceSteps } from './price.ts';

/** Sources and sinks by index. Amounts and costs are whole numbers; no sum of costs along a path may reach 2^53. */
export interface TransportProblem extends Omit<Ledger, 'sources' | 'sinks' | 'flow'> {
  /** Demand of each source. */
  readonly demand: Float64Array;
  /** Price steps of each sink, in the unit of `cost`; the last has no end. */
  readonly steps: readonly PriceSteps[];
  /** Of `cost` in a µs. */
  readonly unitsPerUs: number;
}

export interface TransportSolution {
  /** Row by row, a row a source. */
  readonly flow: Float64Array;
  /** What each sink gets. */
  readonly load: Float64Array;
  /** Demand that may go nowhere, by source. */
  readonly unplaced: Float64Array;
  /** What one more unit would cost all in all, by sink, and of a source: infinite where it may go nowhere. */
  readonly sinkCost: Float64Array;
  sourceCost(source: number): number;
}

/**
 * First everybody goes where it is cheapest while sinks cost nothing; then what is there without a place pays for one, there or
 * where it moves on to, whichever is cheapest. The same problem has the same solution everywhere.
 */
export function solveTransport(problem: TransportProblem): TransportSolution {
  const sinks = problem.steps.length;
  const sources = problem.demand.length;
  const { cost, before, toll, frozen } = problem;
  const ledger = { cost, before, toll, frozen, sources, sinks, flow: new Float64Array(sources * sinks) };
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
    sinkCost,
    sourceCost: (source) => sourceCost(ledger, sinkCost, source),
  };
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

/**
 * From each sink to the nearest place: Dijkstra from the places backwards. Of all potentials these are the greatest. Only sinks that
 * something can move away from have a row, and only they can be nearer to a place elsewhere than to their own.
 */
function nextUnitCost(network: Network): Float64Array {
  const { exchange, sinks, price, potential, distance, done } = network;
  for (let sink = 0; sink < sinks; sink += 1) {
    distance[sink] = real(price, sink) - real(potential, sink);
    if (real(distance, sink) > 0) openRow(exchange, sink);
  }
  const moving: number[] = [];
  for (let sink = 0; sink < sinks; sink += 1) {
    const isMoving = whole(exchange.row, sink) !== -1;
    if (isMoving) moving.push(sink);
    done[sink] = isMoving ? 0 : 1;
  }
  const approach = (tail: number, head: number): void => {
    const move = real(exchange.cost, beginOfRow(exchange, tail) + head);
    const through = real(distance, head) + real(potential, head) + move - real(potential, tail);
    if (through < real(distance, tail)) distance[tail] = through;
  };
  for (const tail of moving) {
    for (let head = 0; head < sinks; head += 1) if (whole(done, head) === 1) approach(tail, head);
  }
  for (;;) {
    const head = nearest(network, Number.POSITIVE_INFINITY);
    if (head === -1) break;
    done[head] = 1;
    for (const tail of moving) approach(tail, head);
  }
  return distance.map((beyond, sink) => beyond + real(potential, sink));
}

function sourceCost(ledger: Ledger, sinkCost: Float64Array, source: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let sink = 0; sink < ledger.sinks; sink += 1) {
    least = Math.min(least, costToEnter(ledger, source, sink) + real(sinkCost, sink));
  }
  return least;
}
