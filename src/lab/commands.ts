// The one executable under the names by which hosts call it, as packages install it; and another in its place, as an upgrade puts it.
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { programRoles } from '../runtime/config-keys.ts';
import type { Places } from './programs.ts';

export function commandFolder({ run }: Pick<Places, 'run'>): string {
  return join(run, 'bin');
}

/** Each name is there throughout. What runs already goes on as what it was. */
export function placeCommands(executable: string, places: Pick<Places, 'run'>): void {
  const folder = commandFolder(places);
  mkdirSync(folder, { recursive: true });
  for (const role of programRoles) {
    const name = join(folder, `causeway-${role}`);
    rmSync(`${name}.new`, { force: true });
    symlinkSync(executable, `${name}.new`);
    renameSync(`${name}.new`, name);
  }
}
