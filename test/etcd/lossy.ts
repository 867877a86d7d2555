/**
 * What a way that loses packets makes of a TCP connection, for whoever has no such way: nothing is missing, but a piece whose packet
 * was lost comes when it has been sent again, and all that follows it with it. A connection of which one piece is lost again and
 * again ends.
 */

export interface Loss {
  /** Of the packets, 0 to 1; of each piece one packet counts. */
  readonly share: number;
  /** One way, of those that are not lost. */
  readonly latencyMs: number;
  /** Until a packet is sent again for the first time; each time after takes twice as long. Linux: 200 ms and the round trip. */
  readonly againMs: number;
  /** A piece lost more often than this ends its connection. Linux: 15 times, which is a quarter of an hour. */
  readonly most: number;
  /** 0 to 1. */
  readonly random: () => number;
}

export interface Lossy {
  /** Runs it in its turn: at once, where nothing is lost and nothing is waited for. */
  pass(direction: 'there' | 'back', run: () => void): void;
}

interface Piece {
  readonly dueMs: number;
  readonly run: () => void;
}

/** `loss`: as it is when a piece comes. */
export function createLossy(loss: () => Loss | undefined, end: () => void): Lossy {
  /** What is under way; of each direction in the order in which it was sent. */
  const underway = { there: [] as Piece[], back: [] as Piece[] };

  function deliver(queue: Piece[]): void {
    for (let next = queue[0]; next !== undefined && next.dueMs <= performance.now(); next = queue[0]) {
      queue.shift();
      next.run();
    }
    if (queue[0] !== undefined) setTimeout(deliver, Math.ceil(queue[0].dueMs - performance.now()), queue);
  }

  return {
    pass(direction, run) {
      const queue = underway[direction];
      const current = loss();
      const waitMs = current === undefined ? 0 : delayOf(current);
      if (waitMs === undefined) return end();
      if (waitMs === 0 && queue.length === 0) return run();
      queue.push({ dueMs: performance.now() + waitMs, run });
      if (queue.length === 1) setTimeout(deliver, waitMs, queue);
    },
  };
}

/** Undefined: lost too often. */
function delayOf({ share, latencyMs, againMs, most, random }: Loss): number | undefined {
  let delayMs = latencyMs;
  for (let times = 0; random() < share; times++) {
    if (times === most) return undefined;
    delayMs += againMs * 2 ** times;
  }
  return delayMs;
}
