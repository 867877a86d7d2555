/** The names that would have been known, as a mistake is told: the same for every one, and sorted once however many there are. */
import type { World } from '../domain/world.ts';
import { alternatives } from './problem.ts';
import { remembered } from './remembered.ts';

export const siteAlternatives = remembered(({ sites }: Pick<World, 'sites'>): string =>
  alternatives(
    sites.map(({ name }) => name),
    'there is none yet',
  ),
);

export const serviceAlternatives = remembered(({ services }: Pick<World, 'services'>): string =>
  alternatives(
    services.map(({ name }) => name),
    'there is none yet',
  ),
);

export const realServerAlternatives = remembered(({ realServers }: Pick<World, 'realServers'>): string =>
  alternatives(
    realServers.map(({ name }) => name),
    'none has yet',
  ),
);

export const directorAlternatives = remembered(({ directors }: Pick<World, 'directors'>): string =>
  alternatives(
    directors.map(({ name }) => name),
    'none has yet',
  ),
);

/** `label=value` of all real servers. */
export const labelAlternatives = remembered(({ realServers }: Pick<World, 'realServers'>): string =>
  alternatives(
    realServers.flatMap(({ labels }) => Object.entries(labels).map(([label, value]) => `${label}=${value}`)),
    'none: no real server with labels has registered yet',
  ),
);
