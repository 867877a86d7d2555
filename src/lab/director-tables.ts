// The IPVS tables of the lab's directors, read without a process, whether or not their agents live.
import { type ChildProcess, spawn } from 'node:child_process';
import { carrying, readWeights, type Weights, weightsText } from './ipvs-proc.ts';

export class DirectorTables {
  readonly #holders: ReadonlyMap<string, ChildProcess>;

  /** In each director's namespace something must live for its /proc/PID/net to be read: `sleep`. */
  constructor(directors: readonly string[]) {
    this.#holders = new Map(
      directors.map((name) => {
        const holder = spawn('ip', ['netns', 'exec', name, 'sleep', 'infinity'], { stdio: 'ignore' });
        holder.on('error', () => {});
        holder.unref();
        return [name, holder];
      }),
    );
  }

  get directors(): string[] {
    return [...this.#holders.keys()];
  }

  read(director: string): Weights {
    return readWeights(this.#holders.get(director)?.pid ?? 0);
  }

  /** Directors that send new connections to one of the hosts. */
  using(addresses: readonly string[]): string[] {
    return this.directors.filter((director) => carrying(this.read(director), addresses).length > 0);
  }

  /** All tables as text to compare. */
  text(): string {
    return this.directors.map((director) => `${director}:\n${weightsText(this.read(director))}`).join('\n');
  }

  close(): void {
    for (const holder of this.#holders.values()) holder.kill('SIGKILL');
  }
}
