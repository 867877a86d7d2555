// The files of a package, as a value: what is written, with which mode.
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** At an absolute path of the host. */
export type PackageFile = { readonly path: string } & (
  | { readonly text: string | Buffer; readonly executable?: boolean }
  | { readonly copyOf: string; readonly executable?: boolean }
  | { readonly linkTo: string }
);

/** Debian wants its documents so; no time and no name in them. */
export function gzipped(text: string): Buffer {
  return gzipSync(text, { level: 9 });
}

/** Below `folder`. Modes are the same whatever the umask of who builds. */
export function writeTree(folder: string, files: readonly PackageFile[]): void {
  for (const file of files) {
    const path = join(folder, file.path);
    makeFolders(folder, dirname(file.path));
    if ('linkTo' in file) {
      symlinkSync(file.linkTo, path);
      continue;
    }
    if ('copyOf' in file) copyFileSync(file.copyOf, path);
    else writeFileSync(path, file.text);
    chmodSync(path, file.executable === true ? 0o755 : 0o644);
  }
}

function makeFolders(folder: string, path: string): void {
  if (path !== '/') makeFolders(folder, dirname(path));
  mkdirSync(join(folder, path), { recursive: true });
  chmodSync(join(folder, path), 0o755);
}
