/** Where in etcd things stand: everything under one prefix, so that several clusters, and others, can share an etcd. */

export interface Layout {
  /** Says who wrote here, and how. */
  readonly formatKey: Buffer;
  /** Of a store's key. */
  key(key: string): Buffer;
  /** Of all keys with a prefix: the first, and the first behind them. */
  range(prefix: string): { key: Buffer; range_end: Buffer };
  /** The store's key of one of etcd's. */
  own(key: Buffer): string;
  /**
   * Written with every change in a folder: by its revision one comparison tells whether anything there has changed. Comparing the keys
   * themselves etcd would read them all, and would not see those that are no more there.
   */
  changeKey(key: string): Buffer;
  /** Of the changes in all folders that can hold keys with a prefix. */
  changeRange(prefix: string): { key: Buffer; range_end?: Buffer };
}

/** `prefix` ends with a `/`. */
export function createLayout(prefix: string): Layout {
  const data = Buffer.from(`${prefix}data/`);
  const changes = `${prefix}changed/`;
  const within = (start: Buffer): { key: Buffer; range_end: Buffer } => ({
    key: start,
    range_end: afterPrefix(start),
  });
  return {
    formatKey: Buffer.from(`${prefix}format`),
    key: (key) => Buffer.concat([data, Buffer.from(key)]),
    range: (start) => within(Buffer.concat([data, Buffer.from(start)])),
    own: (key) => key.subarray(data.length).toString(),
    changeKey: (key) => Buffer.from(`${changes}${folderOf(key)}`),
    changeRange: (start) =>
      start.includes('/')
        ? { key: Buffer.from(`${changes}${folderOf(start)}`) }
        : within(Buffer.from(`${changes}${start}`)),
  };
}

/** The first part of a key: `members/`, or the whole of one that has no parts. */
function folderOf(key: string): string {
  const end = key.indexOf('/');
  return end === -1 ? key : key.slice(0, end + 1);
}

/** The first key behind all that begin with these bytes, as etcd wants the end of a range. */
function afterPrefix(start: Buffer): Buffer {
  const end = Buffer.from(start);
  for (let index = end.length - 1; index >= 0; index--) {
    const byte = end[index] ?? 0xff;
    if (byte === 0xff) continue;
    end[index] = byte + 1;
    return end.subarray(0, index + 1);
  }
  // All keys from there on.
  return Buffer.from([0]);
}
