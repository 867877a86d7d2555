/** Weights of the same real servers, as each of many director sites has them: names stand once, numbers in a plain list a site. */

/** Real servers in one order, each with its place in it. */
export interface ServerNames {
  readonly names: readonly string[];
  readonly places: ReadonlyMap<string, number>;
}

export function serverNames(names: readonly string[]): ServerNames {
  return { names, places: new Map(names.map((name, place) => [name, place])) };
}

/** A map by name, in the order of the names; two of the same names compare place by place. */
export class WeightList implements ReadonlyMap<string, number> {
  readonly servers: ServerNames;
  /** By place. */
  readonly weights: readonly number[];

  constructor(servers: ServerNames, weights: readonly number[]) {
    this.servers = servers;
    this.weights = weights;
  }

  get size(): number {
    return this.weights.length;
  }

  get(name: string): number | undefined {
    const place = this.servers.places.get(name);
    return place === undefined ? undefined : this.weights[place];
  }

  has(name: string): boolean {
    return this.servers.places.has(name);
  }

  *entries(): MapIterator<[string, number]> {
    const { names } = this.servers;
    for (let place = 0; place < names.length; place += 1)
      yield [names[place] ?? '', this.weights[place] ?? 0];
  }

  keys(): MapIterator<string> {
    return this.servers.names.values();
  }

  values(): MapIterator<number> {
    return this.weights.values();
  }

  [Symbol.iterator](): MapIterator<[string, number]> {
    return this.entries();
  }

  forEach(each: (weight: number, name: string, map: ReadonlyMap<string, number>) => void): void {
    for (const [name, weight] of this) each(weight, name, this);
  }
}
