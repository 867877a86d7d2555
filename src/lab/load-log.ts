// Follows what the load generators write, and gives the requests of a span of time.
import { closeSync, openSync, readSync } from 'node:fs';
import { type LoadRecord, readRecords } from './load-record.ts';

const chunkBytes = 65_536;

interface Follower {
  readonly site: string;
  readonly file: string;
  offset: number;
  rest: string;
  readonly records: LoadRecord[];
}

export class LoadLog {
  readonly #followers: Follower[];

  /** `clients`: the site of each and the file that it writes to. */
  constructor(clients: readonly { readonly site: string; readonly file: string }[]) {
    this.#followers = clients.map((client) => ({ ...client, offset: 0, rest: '', records: [] }));
  }

  /** Requests that began from `fromMs` on, before `untilMs`, by the client's site. A request is here once it is over. */
  between(fromMs: number, untilMs = Number.POSITIVE_INFINITY): Map<string, LoadRecord[]> {
    return new Map(
      this.#followers.map((follower) => {
        this.#readOn(follower);
        return [follower.site, follower.records.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs)];
      }),
    );
  }

  #readOn(follower: Follower): void {
    const file = openSync(follower.file, 'r');
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const length = readSync(file, buffer, 0, chunkBytes, follower.offset);
      if (length === 0) break;
      follower.offset += length;
      const { records, rest } = readRecords(follower.rest + buffer.toString('latin1', 0, length));
      follower.records.push(...records);
      follower.rest = rest;
    }
    closeSync(file);
  }
}
