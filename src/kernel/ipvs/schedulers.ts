/** Which schedulers this host's kernel can load, or has: a name of them makes the kernel load `ip_vs_NAME` (ip_vs_sched.c). */
import { readdir, readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';

export interface KernelPlaces {
  /** Where the modules of the running kernel are. */
  readonly modules: string;
  /** Of the modules that are loaded. */
  readonly loaded: string;
}

const ownPlaces: KernelPlaces = { modules: join('/lib/modules', release()), loaded: '/sys/module' };

/** Of these names those for which there is no module, neither loaded, built in nor on disk. None where the modules of this kernel are not to be seen, as in a container. */
export async function lackingSchedulers<Name extends string>(
  names: readonly Name[],
  { modules, loaded }: KernelPlaces = ownPlaces,
): Promise<readonly Name[]> {
  try {
    const listed = await Promise.all(
      ['modules.dep', 'modules.builtin'].map((file) => readFile(join(modules, file), 'utf8')),
    );
    const present = new Set(await readdir(loaded));
    // `kernel/net/netfilter/ipvs/ip_vs_rr.ko.xz: …`
    for (const [, name] of listed.join('\n').matchAll(/\/(ip_vs_\w+)\.ko/g))
      if (name !== undefined) present.add(name);
    return names.filter((name) => !present.has(`ip_vs_${name}`));
  } catch {
    return [];
  }
}
