/**
 * What it costs to move one more unit from one sink to another, whichever source it is of: with that at hand a search for the
 * cheapest path sees the sinks alone, however many sources there are.
 */
import { createHeaps, type Heaps, pop, push } from './heaps.ts';

/** What flows, and what it costs. Matrices lie row by row, a row a source; amounts and costs are whole numbers. */
export interface Ledger {
  readonly sources: number;
  readonly sinks: number;
  /** Of a unit on the way, 0 or more; infinite where it may not go. */
  readonly cost: Float64Array;
  /** What flowed already; beyond it a unit pays the toll. */
  readonly before: Float64Array;
  readonly toll: number;
  /** 1 where the source may not send more there than before. */
  readonly frozen: Uint8Array;
  readonly flow: Float64Array;
}

/** Matrices of sinks: from row to column. Rows are known from the first time that `openRow` is asked for one. */
export interface Exchange {
  readonly ledger: Ledger;
  /** Of the source that moves most cheaply; infinite where none can. */
  cost: Float64Array;
  /** Queues of sources, by what moving them costs or cost when that was less. The first is always right. */
  queue: Int32Array;
  readonly isOpen: Uint8Array;
  /** Which row is the sink's; −1: nothing ever moved from it, which of thousands is so with nearly all. */
  readonly row: Int32Array;
  rows: number;
  readonly heaps: Heaps;
}

const rowsAtFirst = 64;
const entriesAtFirst = 4_096;

export function createExchange(ledger: Ledger): Exchange {
  const { sources, sinks } = ledger;
  const rows = Math.min(sinks, rowsAtFirst);
  return {
    ledger,
    cost: new Float64Array(rows * sinks).fill(Number.POSITIVE_INFINITY),
    queue: new Int32Array(rows * sinks),
    isOpen: new Uint8Array(sinks),
    row: new Int32Array(sinks).fill(-1),
    rows: 0,
    heaps: createHeaps(Math.min(sources * sinks, entriesAtFirst)),
  };
}

/** What one more unit of `source` costs on the way to `sink`. */
export function costToEnter(
  { sinks, cost, before, toll, frozen, flow }: Ledger,
  source: number,
  sink: number,
) {
  const cell = source * sinks + sink;
  if ((flow[cell] ?? 0) < (before[cell] ?? 0)) return cost[cell] ?? 0;
  return frozen[cell] === 1 ? Number.POSITIVE_INFINITY : (cost[cell] ?? 0) + toll;
}

export function openRow(exchange: Exchange, from: number): void {
  const { ledger, isOpen } = exchange;
  if (isOpen[from] === 1) return;
  isOpen[from] = 1;
  for (let source = 0; source < ledger.sources; source += 1) {
    if ((ledger.flow[source * ledger.sinks + from] ?? 0) > 0) offerEverywhere(exchange, source, from);
  }
}

function addRow(exchange: Exchange, sink: number): void {
  const { cost, queue, ledger, row } = exchange;
  row[sink] = exchange.rows;
  exchange.rows += 1;
  if (exchange.rows * ledger.sinks <= cost.length) return;
  exchange.cost = new Float64Array(2 * cost.length).fill(Number.POSITIVE_INFINITY, cost.length);
  exchange.cost.set(cost);
  exchange.queue = new Int32Array(2 * queue.length);
  exchange.queue.set(queue);
}

/** Where the row of a sink that has one begins. */
export function beginOfRow({ ledger, row }: Exchange, sink: number): number {
  return (row[sink] ?? 0) * ledger.sinks;
}

/** The source that moves most cheaply; there is one where the cost is finite. */
export function cheapestMover(exchange: Exchange, from: number, to: number): number {
  const { queue, heaps } = exchange;
  return heaps.item[queue[beginOfRow(exchange, from) + to] ?? 0] ?? 0;
}

/** How many units of the cheapest mover go at its cost. */
export function roomOfMove(exchange: Exchange, from: number, to: number): number {
  const { sinks, flow, before } = exchange.ledger;
  const row = cheapestMover(exchange, from, to) * sinks;
  const leaving = flow[row + from] ?? 0;
  const beyond = leaving - (before[row + from] ?? 0);
  const missing = (before[row + to] ?? 0) - (flow[row + to] ?? 0);
  return Math.min(beyond > 0 ? beyond : leaving, missing > 0 ? missing : Number.POSITIVE_INFINITY);
}

/** At most the room of the move, or of a move of the same source that ends where this one begins. */
export function move(exchange: Exchange, source: number, from: number, to: number, amount: number): void {
  put(exchange, source, to, amount);
  take(exchange, source, from, amount);
}

function put(exchange: Exchange, source: number, sink: number, amount: number): void {
  const { sinks, flow, before } = exchange.ledger;
  const cell = source * sinks + sink;
  const old = flow[cell] ?? 0;
  const now = old + amount;
  const limit = before[cell] ?? 0;
  flow[cell] = now;
  if (old === 0 || (old <= limit && now > limit)) offerEverywhere(exchange, source, sink);
  if (old >= limit || now < limit) return;
  for (let from = 0; from < sinks; from += 1) withdraw(exchange, source, from, sink);
}

function take(exchange: Exchange, source: number, sink: number, amount: number): void {
  const { sinks, flow, before } = exchange.ledger;
  const cell = source * sinks + sink;
  const old = flow[cell] ?? 0;
  const now = old - amount;
  const limit = before[cell] ?? 0;
  flow[cell] = now;
  if (now === 0 || (old > limit && now <= limit)) {
    for (let to = 0; to < sinks; to += 1) withdraw(exchange, source, sink, to);
  }
  if (old < limit || now >= limit) return;
  for (let from = 0; from < sinks; from += 1) {
    if ((flow[source * sinks + from] ?? 0) > 0) offer(exchange, source, from, sink);
  }
}

function offerEverywhere(exchange: Exchange, source: number, from: number): void {
  for (let to = 0; to < exchange.ledger.sinks; to += 1) offer(exchange, source, from, to);
}

/** Moving this source may have become cheaper. */
function offer(exchange: Exchange, source: number, from: number, to: number): void {
  const { ledger, isOpen, row, heaps } = exchange;
  if (from === to || isOpen[from] === 0) return;
  const moving = costToMove(ledger, source, from, to);
  if (moving === Number.POSITIVE_INFINITY) return;
  if (row[from] === -1) addRow(exchange, from);
  const { cost, queue } = exchange;
  const pair = beginOfRow(exchange, from) + to;
  const first = push(heaps, queue[pair] ?? 0, moving, source);
  queue[pair] = first;
  cost[pair] = heaps.key[first] ?? 0;
}

/** Moving this source may have become dearer, or impossible: that matters once it comes first. */
function withdraw(exchange: Exchange, source: number, from: number, to: number): void {
  const { ledger, cost, queue, row, heaps } = exchange;
  if (row[from] === -1) return;
  const pair = beginOfRow(exchange, from) + to;
  let first = queue[pair] ?? 0;
  if (first === 0 || heaps.item[first] !== source) return;
  while (first !== 0) {
    const mover = heaps.item[first] ?? 0;
    const moving = costToMove(ledger, mover, from, to);
    if (moving === heaps.key[first]) break;
    first = pop(heaps, first);
    if (moving < Number.POSITIVE_INFINITY) first = push(heaps, first, moving, mover);
  }
  queue[pair] = first;
  cost[pair] = first === 0 ? Number.POSITIVE_INFINITY : (heaps.key[first] ?? 0);
}

/** To the one sink, and back what the unit cost at the other. */
function costToMove(ledger: Ledger, source: number, from: number, to: number): number {
  const { sinks, cost, before, toll, flow } = ledger;
  const cell = source * sinks + from;
  const amount = flow[cell] ?? 0;
  if (amount === 0) return Number.POSITIVE_INFINITY;
  const regained = (cost[cell] ?? 0) + (amount > (before[cell] ?? 0) ? toll : 0);
  return costToEnter(ledger, source, to) - regained;
}
