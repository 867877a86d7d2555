// What the load generator (programs/load.pl) writes of each request, one JSON line each, as it is read.

export interface LoadRecord {
  /** When the request began, ms since the epoch. */
  readonly atMs: number;
  /** How long it took, connect included where a new connection was made. */
  readonly ms: number;
  /** Real server that answered, and its site; empty when none did. */
  readonly host: string;
  readonly site: string;
  /** Why it failed: `timeout`, `ECONNREFUSED`, `closed`; empty when it did not. */
  readonly error: string;
  readonly protocol: 'tcp' | 'udp';
  /**
   * Number of the long-lived connection, which grows whenever one had to be made anew, or a UDP flow went over to another real
   * server; 0 for a connection or flow of its own.
   */
  readonly connection: number;
}

/** Whole lines of `text` as records; a last line without its end stays in `rest`. */
export function readRecords(text: string): { records: LoadRecord[]; rest: string } {
  const end = text.lastIndexOf('\n') + 1;
  const records = text
    .slice(0, end)
    .split('\n')
    .filter((line) => line.startsWith('{')) // Warnings go to the same file.
    .map((line): LoadRecord => JSON.parse(line));
  return { records, rest: text.slice(end) };
}
