/** What this process has of memory, by kind, after a collection: what it holds is one thing, what the kernel has given it another. */
import { readFileSync } from 'node:fs';

export interface Memory {
  /** Of JavaScript: what is in use. */
  readonly heapBytes: number;
  /** Beside it, as far as Node counts: buffers, and what HTTP/2 has allocated; touched or not. Not OpenSSL's. */
  readonly externalBytes: number;
  /** Of the C library's allocator, in memory: OpenSSL, HTTP/2, libuv and buffers, with what it has taken and not given back. 0 where there is no /proc. */
  readonly allocatorBytes: number;
  /** All that is in memory: also of the code, of what V8 has taken for garbage to come, and of what others shared it with. */
  readonly residentBytes: number;
}

export async function memoryNow(): Promise<Memory> {
  // What stands outside of the heap goes a turn after what held it.
  for (let times = 0; times < 2; times += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, externalBytes: external, allocatorBytes: ofAllocator(), residentBytes: rss };
}

/** proc(5): all but the largest pieces stand in the mapping `[heap]`; this program's one thread that allocates much has no other arena. */
function ofAllocator(): number {
  let maps: string;
  try {
    maps = readFileSync('/proc/self/smaps', 'utf8');
  } catch {
    return 0;
  }
  const kilobytes = /\[heap\]\n(?:.*\n){2,4}?Rss: +(\d+) kB/.exec(maps)?.[1];
  return 1_024 * Number(kilobytes ?? 0);
}
