/** The cheapest path from a sink that has too much to a place: Dijkstra with potentials over the sinks alone. */
import { beginOfRow, createExchange, type Exchange, type Ledger, openRow } from './exchange.ts';
import type { PriceSteps } from './price.ts';

/** Nodes: the sinks. What has a place at a sink, at its price, has left the network. */
export interface Network {
  readonly exchange: Exchange;
  readonly sinks: number;
  readonly steps: readonly PriceSteps[];
  /** Of cost in a µs. */
  readonly unitsPerUs: number;
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

export function createNetwork(
  { steps, unitsPerUs }: Pick<Network, 'steps' | 'unitsPerUs'>,
  ledger: Ledger,
): Network {
  const { sources, sinks, flow } = ledger;
  const network: Network = {
    exchange: createExchange(ledger),
    sinks,
    steps,
    unitsPerUs,
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

/** Dijkstra until no place can be nearer than the nearest found: the sink where it is. Raises the potentials to what was learnt. */
export function search(network: Network, begin: number): number {
  const { exchange, sinks, price, potential, distance, from, done } = network;
  distance.fill(Number.POSITIVE_INFINITY);
  done.fill(0);
  distance[begin] = 0;
  let end = begin;
  let total = real(price, begin) - real(potential, begin);
  for (let tail = begin; tail !== -1; tail = nearest(network, total)) {
    done[tail] = 1;
    openRow(exchange, tail);
    // Nothing moves from here.
    if (whole(exchange.row, tail) === -1) continue;
    const base = real(distance, tail) - real(potential, tail);
    for (let head = 0, pair = beginOfRow(exchange, tail); head < sinks; head += 1, pair += 1) {
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
export function nearest({ sinks, distance, done }: Network, limit: number): number {
  let found = -1;
  let least = limit;
  for (let sink = 0; sink < sinks; sink += 1) {
    if (real(distance, sink) >= least || whole(done, sink) === 1) continue;
    least = real(distance, sink);
    found = sink;
  }
  return found;
}

export function roomAtSink({ steps, load, step }: Network, sink: number): number {
  return (steps[sink]?.upToMilli[whole(step, sink)] ?? 0) - real(load, sink);
}

/** Past the steps that are full. */
export function settleStep(network: Network, sink: number): void {
  const prices = network.steps[sink]?.priceUs ?? [];
  while (whole(network.step, sink) < prices.length - 1 && roomAtSink(network, sink) <= 0) {
    network.step[sink] = whole(network.step, sink) + 1;
  }
  network.price[sink] = (prices[whole(network.step, sink)] ?? 0) * network.unitsPerUs;
}

/** Every index is within bounds; these say so to the compiler. One for each kind of array, which keeps them fast. */
export function real(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}

export function whole(values: Int32Array, index: number): number {
  return values[index] ?? 0;
}
