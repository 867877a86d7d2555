/** How a file is replaced so that a crash leaves the old text or the new one, never a part: write, fsync, rename, fsync. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What of a file system keeps files durably; tests hand in one that dies in between. */
export interface Disk {
  mkdir(path: string, options: { readonly recursive: true; readonly mode: number }): Promise<unknown>;
  readFile(path: string, encoding: 'utf8'): Promise<string>;
  open(path: string, flags: 'r' | 'w', mode?: number): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
}

export interface OpenFile {
  writeFile(text: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export const realDisk: Disk = { mkdir, readFile, open, rename };

/** Nothing is written, and whoever writes does not know. */
export const lookOnlyDisk: Disk = {
  readFile,
  mkdir: async () => undefined,
  open: async () => ({ writeFile: async () => {}, sync: async () => {}, close: async () => {} }),
  rename: async () => {},
};

/** Replaces `path` by `text`, readable by its owner alone. One caller at a time. */
export async function replaceFile(path: string, text: string, disk: Disk = realDisk): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await disk.open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  // The rename itself is durable once its directory is.
  const directory = await disk.open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
