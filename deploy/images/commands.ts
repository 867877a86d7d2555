// Which images there are, and how an engine is told to make one.
import type { Architecture } from '../executable/node-binary.ts';

/** Targets of the Dockerfile, and what the image of each is called. */
export const images = {
  client: 'causeway',
  coordinator: 'causeway-coordinator',
  director: 'causeway-director',
  realserver: 'causeway-realserver',
} as const;
export type ImageTarget = keyof typeof images;
export const imageTargets = Object.keys(images) as ImageTarget[];

/** In the order in which they are tried. */
export const engines = ['docker', 'podman', 'buildah'] as const;
export type Engine = (typeof engines)[number];

/** As engines name architectures. */
export const platformNames: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The words that show whether an engine can build on this machine: a client alone has nobody who would. */
export const probeWords: readonly string[] = ['info'];

export interface ImageOptions {
  readonly target: ImageTarget;
  readonly architecture: Architecture;
  readonly version: string;
  /** Of the one commit: no image tells when it was made, where the engine can do without. */
  readonly seconds: number;
  /** Undefined: the Dockerfile's own. */
  readonly base: string | undefined;
  /** The folder with the Dockerfile, and all that it copies. */
  readonly context: string;
}

/** A tag holds one architecture. */
export function imageTag({
  target,
  architecture,
  version,
}: Omit<ImageOptions, 'context' | 'base' | 'seconds'>): string {
  return `${images[target]}:${version}-${platformNames[architecture]}`;
}

/** Health checks are no part of OCI's format of images, but of Docker's, which every engine can read. */
export function buildWords(engine: Engine, options: ImageOptions): string[] {
  const { target, architecture, version, seconds, base, context } = options;
  const platform = platformNames[architecture];
  const given = {
    TARGETARCH: platform,
    VERSION: version,
    SOURCE_DATE_EPOCH: String(seconds),
    ...(base === undefined ? {} : { BASE: base }),
  };
  return [
    'build',
    ...(engine === 'docker' ? [] : ['--format', 'docker', '--timestamp', String(seconds)]),
    ...['--platform', `linux/${platform}`, '--target', target, '--tag', imageTag(options)],
    ...Object.entries(given).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    context,
  ];
}
