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

/**
 * Reads the attributes between `start` and `end`. Totals above 2^53 lose their last digits. Before Linux 4.1 only
 * bytes had 64 bits; the value's length tells.
 */
export function readCounters(view: DataView, start: number, end: number): Counters {
  let connections = 0;
  let packetsIn = 0;
  let packetsOut = 0;
  let bytesIn = 0;
  let bytesOut = 0;
  let at = start;
  while (at + 4 <= end) {
    const length = view.getUint16(at, true);
    if (length < 4) break;
    switch (view.getUint16(at + 2, true)) {
      case statsAttribute.connections:
        connections = readCount(view, at, length);
        break;
      case statsAttribute.packetsIn:
        packetsIn = readCount(view, at, length);
        break;
      case statsAttribute.packetsOut:
        packetsOut = readCount(view, at, length);
        break;
      case statsAttribute.bytesIn:
        bytesIn = readCount(view, at, length);
        break;
      case statsAttribute.bytesOut:
        bytesOut = readCount(view, at, length);
        break;
    }
    at += (length + 3) & ~3;
  }
  return { connections, packetsIn, packetsOut, bytesIn, bytesOut };
}

// Two halves and no BigInt: a dump reads ten of these for each destination.
function readCount(view: DataView, at: number, length: number): number {
  const low = view.getUint32(at + 4, true);
  return length >= 12 ? view.getUint32(at + 8, true) * 0x1_0000_0000 + low : low;
}
