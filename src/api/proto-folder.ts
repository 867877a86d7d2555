/** Where the proto files are. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CausewayError } from '../domain/error.ts';

/** Of the running program. Errors: `internal` where the installation lacks them. */
export function ownProtoFolder(): string {
  return protoFolder(dirname(fileURLToPath(import.meta.url)));
}

/** The nearest `proto` above the running file: the source tree and a bundle in dist/ both have one. */
export function protoFolder(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, 'proto');
    if (existsSync(join(candidate, 'causeway', 'v1', 'admin.proto'))) return candidate;
    if (dirname(folder) === folder) break;
  }
  throw new CausewayError({
    code: 'internal',
    operation: 'load proto',
    message: `no folder proto/causeway/v1 in or above ${start}: the installation is incomplete`,
  });
}
