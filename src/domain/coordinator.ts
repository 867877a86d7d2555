/** Coordinators, as they tell of themselves. */

/** One that lives. */
export interface LiveCoordinator {
  readonly name: string;
  readonly site: string;
  /** `host:port` at which agents and other coordinators reach it. */
  readonly address: string;
  /** Where it hears what real servers of other sites send to show their return paths: one address a family; absent: nowhere. */
  readonly hearsAt?: readonly string[];
}

export function hears({ hearsAt = [] }: LiveCoordinator): boolean {
  return hearsAt.length > 0;
}

/** Its name as a collector: no agent's, whose names have no `/`. */
export function asCollector({ name }: Pick<LiveCoordinator, 'name'>): string {
  return `coordinator/${name}`;
}
