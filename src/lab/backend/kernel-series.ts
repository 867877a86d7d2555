// Which kernels the lab can boot besides the machine's own stock kernel, and which packages of a suite hold one.

/** Oldest first: those of Debian 12, of its backports (and Debian 13), of Debian 14. */
export const kernelSeries = ['6.1', '6.12', '7.2'] as const;
export type KernelSeries = (typeof kernelSeries)[number];

export interface KernelSource {
  /** Debian suites that carry the series, in the order in which they are asked. */
  readonly suites: readonly string[];
  /** The release that the tests have passed on; the newest of the series stands in for it where it is gone. */
  readonly pinned: string;
}

export const kernelSources: Readonly<Record<KernelSeries, KernelSource>> = {
  '6.1': { suites: ['bookworm'], pinned: '6.1.0-56-cloud-amd64' },
  '6.12': { suites: ['bookworm-backports', 'trixie'], pinned: '6.12.95+deb12-cloud-amd64' },
  '7.2': { suites: ['forky'], pinned: '7.2.12+deb14-cloud-amd64' },
};

export interface KernelPackages {
  /** As `uname -r` will say it. */
  readonly release: string;
  readonly packages: readonly string[];
}

export function isOfSeries(release: string, series: KernelSeries): boolean {
  return release.startsWith(`${series}.`);
}

/** Those of a suite's package `names` that hold a kernel of `series`: the pinned one, else the newest; or nothing. */
export function findKernel(names: readonly string[], series: KernelSeries): KernelPackages | undefined {
  const releases = releasesIn(names).filter((release) => isOfSeries(release, series));
  const { pinned } = kernelSources[series];
  const release = releases.includes(pinned) ? pinned : releases.toSorted(byVersion).at(-1);
  if (release === undefined) return undefined;
  // From Debian 14 on, image, modules and the list of what is built in are packages of their own.
  const apart = ['binary', 'modules', 'base'].map((part) => `linux-${part}-${release}`);
  const present = apart.filter((name) => names.includes(name));
  return { release, packages: present.length > 0 ? present : [`linux-image-${release}`] };
}

/** The releases of all cloud kernels among a suite's package `names`. */
export function releasesIn(names: readonly string[]): string[] {
  return names.flatMap((name) => /^linux-image-(\d\S*-cloud-amd64)$/.exec(name)?.[1] ?? []);
}

const { compare: byVersion } = new Intl.Collator('en', { numeric: true });
