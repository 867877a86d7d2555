/** How a file is replaced so that a crash leaves the old text or the new one, never a part: write, fsync, rename, fsync. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces `path` by `text`, readable by its owner alone. One caller at a time. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  // The rename itself is durable once its directory is.
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
