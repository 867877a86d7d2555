/** How the kernel's totals of a service or destination are read: nested statistics, of 64 or 32 bits. */
import type { Counters } from '../../domain/ipvs-table.ts';
import { statsAttribute } from './constants.ts';

export const noCounters: Counters = {
  connections: 0,
  packetsIn: 0,
  packetsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
};

/** Reads the nested attribute whose header stands at `at`. */
export function readStats(view: DataView, at: number): Counters {
  return readCounters(view, at + 4, at + view.getUint16(at, true));
}

/** Headers of the first five attributes as every kernel since 4.1 writes them: length 12, types 1 to 5. */
const usual = {
  connections: 0x1000c,
  packetsIn: 0x2000c,
  packetsOut: 0x3000c,
  bytesIn: 0x4000c,
  bytesOut: 0x5000c,
};

/**
 * Reads the attributes between `start` and `end`. Totals above 2^53 lose their last digits. A value of 32 bits, as older
 * statistics have, is told by its length.
 */
function readCounters(view: DataView, start: number, end: number): Counters {
  const isUsual =
    end - start >= 60 &&
    view.getUint32(start, true) === usual.connections &&
    view.getUint32(start + 12, true) === usual.packetsIn &&
    view.getUint32(start + 24, true) === usual.packetsOut &&
    view.getUint32(start + 36, true) === usual.bytesIn &&
    view.getUint32(start + 48, true) === usual.bytesOut;
  if (!isUsual) return searchCounters(view, start, end);
  return {
    connections: readLong(view, start + 4),
    packetsIn: readLong(view, start + 16),
    packetsOut: readLong(view, start + 28),
    bytesIn: readLong(view, start + 40),
    bytesOut: readLong(view, start + 52),
  };
}

function searchCounters(view: DataView, start: number, end: number): Counters {
  const found = new Map<number, number>();
  let at = start;
  while (at + 8 <= end) {
    const length = view.getUint16(at, true);
    if (length < 4) break;
    const value = length >= 12 && at + 12 <= end ? readLong(view, at + 4) : view.getUint32(at + 4, true);
    found.set(view.getUint16(at + 2, true), value);
    at += (length + 3) & ~3;
  }
  return {
    connections: found.get(statsAttribute.connections) ?? 0,
    packetsIn: found.get(statsAttribute.packetsIn) ?? 0,
    packetsOut: found.get(statsAttribute.packetsOut) ?? 0,
    bytesIn: found.get(statsAttribute.bytesIn) ?? 0,
    bytesOut: found.get(statsAttribute.bytesOut) ?? 0,
  };
}

// Two halves and no BigInt: a dump reads five of these for each destination.
function readLong(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
}
