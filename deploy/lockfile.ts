// What the lockfile says of packages: which version, from which bytes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const entry = z.object({
  version: z.string(),
  /** Subresource integrity: `sha512-` and base64. */
  integrity: z.string(),
  license: z.string().optional(),
});
const lockfile = z.object({ packages: z.record(z.string(), z.unknown()) });

export type LockedPackage = z.infer<typeof entry>;

/** By folder, such as `node_modules/pino`. Throws where a package that is asked for is not in it. */
export function readLockfile(root: string): (folder: string) => LockedPackage {
  const { packages } = lockfile.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  return (folder) => {
    const found = entry.safeParse(packages[folder]);
    if (!found.success) throw new Error(`package-lock.json: no version and integrity of ${folder}`);
    return found.data;
  };
}
