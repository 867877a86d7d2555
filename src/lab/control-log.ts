// Who leads, and who owns which site, as the coordinators say in their logs: they are asked nothing, and say it also when nobody
// can ask them.
import { Tail } from './backend/tail.ts';

/** A coordinator has an office from then on, or has it no more. */
export interface ControlEvent {
  /** Since the epoch. */
  readonly atMs: number;
  readonly coordinator: string;
  /** Undefined: it is the leader's. */
  readonly site: string | undefined;
  /** Undefined: it has it no more. */
  readonly epoch: number | undefined;
}

interface Holding {
  readonly coordinator: string;
  readonly epoch: number;
}

export class ControlLog {
  readonly #tails: readonly Tail[];
  readonly #events: ControlEvent[] = [];
  #rest = new Map<string, string>();

  /** `files`: the log of each coordinator, by its name. */
  constructor(files: ReadonlyMap<string, string>) {
    this.#tails = [...files].map(([name, file]) => new Tail(file, (chunk) => this.#read(name, chunk)));
  }

  /** Name of the coordinator that leads, by the highest epoch; undefined: nobody does, or that one has said that it leads no more. */
  leader(): string | undefined {
    return this.#holder(undefined)?.coordinator;
  }

  ownerOf(site: string): string | undefined {
    return this.#holder(site)?.coordinator;
  }

  /** In the order in which it happened. */
  between(fromMs: number, untilMs: number): ControlEvent[] {
    this.#readOn();
    return this.#events
      .filter(({ atMs }) => atMs >= fromMs && atMs < untilMs)
      .toSorted((a, b) => a.atMs - b.atMs);
  }

  close(): void {
    for (const tail of this.#tails) tail.close();
  }

  #holder(wanted: string | undefined): Holding | undefined {
    let held: Holding | undefined;
    for (const { coordinator, site, epoch } of this.between(0, Number.POSITIVE_INFINITY)) {
      if (site !== wanted) continue;
      if (epoch !== undefined && epoch >= (held?.epoch ?? 0)) held = { coordinator, epoch };
      else if (epoch === undefined && held?.coordinator === coordinator) held = undefined;
    }
    return held;
  }

  #readOn(): void {
    for (const tail of this.#tails) tail.forward();
  }

  #read(name: string, chunk: Buffer): void {
    const lines = `${this.#rest.get(name) ?? ''}${chunk}`.split('\n');
    this.#rest.set(name, lines.pop() ?? '');
    this.#events.push(...lines.flatMap((line) => controlEvent(name, line, Date.now()) ?? []));
  }
}

/** A log that is read so often was written no longer ago: else it is its writer's clock that is wrong. */
const clockLimitMs = 600_000;

/** Of a line of a coordinator's log, read at `nowMs`; undefined where it tells of something else. */
export function controlEvent(coordinator: string, line: string, nowMs: number): ControlEvent | undefined {
  if (!/"msg":"(leads|owns site)( no more)?"/.test(line)) return undefined;
  const { time, site, epoch, msg }: { time: number; site?: string; epoch?: number; msg: string } =
    JSON.parse(line);
  const atMs = Math.abs(nowMs - time) > clockLimitMs ? nowMs : time;
  return { atMs, coordinator, site, epoch: msg.endsWith('no more') ? undefined : epoch };
}

/** `lon-c1 leads`, `lon-c1 owns fra no more`. */
export function controlEventText({ coordinator, site, epoch }: ControlEvent): string {
  const what = site === undefined ? 'leads' : `owns ${site}`;
  return `${coordinator} ${what}${epoch === undefined ? ' no more' : ''}`;
}
