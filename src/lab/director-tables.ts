// The IPVS tables of the lab's directors, read without a process, whether or not their agents live.
import { carrying, readWeights, type Weights, weightsText } from './ipvs-proc.ts';
import type { Launcher } from './launcher.ts';

export class DirectorTables {
  /** By director: a process in its namespace, so that there is a /proc/PID/net. */
  readonly #holders: ReadonlyMap<string, number>;

  private constructor(holders: ReadonlyMap<string, number>) {
    this.#holders = holders;
  }

  static async open(directors: readonly string[], launcher: Launcher): Promise<DirectorTables> {
    const holders = await Promise.all(
      directors.map(async (name): Promise<[string, number]> => {
        const holder = launcher.start(['ip', 'netns', 'exec', name, 'sleep', 'infinity']);
        return [name, await holder.pid];
      }),
    );
    return new DirectorTables(new Map(holders));
  }

  get directors(): string[] {
    return [...this.#holders.keys()];
  }

  read(director: string): Weights {
    return readWeights(this.#holders.get(director) ?? 0);
  }

  /** Directors that send new connections to one of the hosts. */
  using(addresses: readonly string[]): string[] {
    return this.directors.filter((director) => carrying(this.read(director), addresses).length > 0);
  }

  /** All tables as text to compare. */
  text(): string {
    return this.directors.map((director) => `${director}:\n${weightsText(this.read(director))}`).join('\n');
  }

  /** Ends the processes that held the namespaces. */
  close(): void {
    for (const pid of this.#holders.values()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // The lab's removal was faster.
      }
    }
  }
}
