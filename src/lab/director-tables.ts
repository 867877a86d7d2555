// The IPVS tables of the lab's directors, read without a process, whether or not their agents live.
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { carrying, readWeights, type Weights, weightsText } from './ipvs-proc.ts';
import type { Launcher } from './launcher.ts';
import { waitUntil } from './wait.ts';

const enterLimitMs = 30_000;
const lookEveryMs = 20;

export class DirectorTables {
  /** By director: its open table, and the process in its namespace by whose /proc/PID/net it was opened. */
  readonly #open: ReadonlyMap<string, { readonly file: number; readonly pid: number }>;

  private constructor(open: ReadonlyMap<string, { readonly file: number; readonly pid: number }>) {
    this.#open = open;
  }

  static async open(directors: readonly string[], launcher: Launcher): Promise<DirectorTables> {
    const opened = await Promise.all(
      directors.map(async (name): Promise<[string, { file: number; pid: number }]> => {
        // It says so once it is in the namespace: before, its /proc/PID/net is another one.
        const script = 'echo in; exec sleep infinity';
        const holder = launcher.start(['ip', 'netns', 'exec', name, 'sh', '-c', script], {
          log: logFile(name),
        });
        const pid = await holder.pid;
        const limits = { limitMs: enterLimitMs, everyMs: lookEveryMs };
        await waitUntil(() => readFileSync(logFile(name), 'utf8').includes('in'), limits);
        rmSync(logFile(name), { force: true });
        return [name, { file: openSync(`/proc/${pid}/net/ip_vs`, 'r'), pid }];
      }),
    );
    return new DirectorTables(new Map(opened));
  }

  get directors(): string[] {
    return [...this.#open.keys()];
  }

  read(director: string): Weights {
    const open = this.#open.get(director);
    return open === undefined ? new Map() : readWeights(open.file);
  }

  /** Which of the directors (of all, unless told) send new connections to one of the hosts. */
  using(addresses: readonly string[], among: readonly string[] = this.directors): string[] {
    return among.filter((director) => carrying(this.read(director), addresses).length > 0);
  }

  /** All tables as text to compare; `ofWeight`: without the destinations that take no new connections. */
  text(ofWeight = false): string {
    const textOf = (director: string): string => {
      const weights = this.read(director);
      return weightsText(ofWeight ? new Map([...weights].filter(([, weight]) => weight > 0)) : weights);
    };
    return this.directors.map((director) => `${director}:\n${textOf(director)}`).join('\n');
  }

  /** Ends the processes that held the namespaces. */
  close(): void {
    for (const { file, pid } of this.#open.values()) {
      closeSync(file);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // The lab's removal was faster.
      }
    }
  }
}

function logFile(director: string): string {
  return join(tmpdir(), `causeway-table-${director}.log`);
}
