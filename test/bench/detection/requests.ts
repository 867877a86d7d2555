/** What the client's requests say: when a fault stopped hurting, how many it hurt, whether all is calm, how slow time runs. */

export const sides = ['ours', 'keepalived'] as const;
export type Side = (typeof sides)[number];

/** A new connection with one request on it. Times in ms since the epoch, durations in ms. */
export interface Request {
  readonly side: Side;
  readonly atMs: number;
  /** How much later than it was due it began: the machine's doing. */
  readonly lateMs: number;
  readonly tookMs: number;
  /** Who answered; '' where it failed. */
  readonly server: string;
  /** Why it failed, one word; '' where it did not. */
  readonly error: string;
}

export interface Figures {
  /** From the fault until the last request that failed was sent; 0: none failed; null: they failed until the end. */
  readonly ms: number | null;
  readonly failed: number;
}

export interface Span {
  /** The fault. */
  readonly fromMs: number;
  /** Its end, or that of watching. */
  readonly untilMs: number;
}

/** A fault counts as found where so long before its end nothing failed any more. */
export const quietMs = 3_000;

export function requestLine({ side, atMs, lateMs, tookMs, server, error }: Request): string {
  return `${side} ${atMs} ${lateMs} ${tookMs} ${error === '' ? server : `!${error}`}\n`;
}

/** Whole lines become requests; what has no end yet is the rest. Throws where a line is none of ours. */
export function readRequests(text: string): { requests: Request[]; rest: string } {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  return { requests: lines.map(requestOf), rest };
}

function requestOf(line: string): Request {
  const found = /^(ours|keepalived) (\d+) (-?\d+) (\d+) (!?)(\S+)$/.exec(line);
  const side = sides.find((one) => one === found?.[1]);
  if (found === null || side === undefined) throw new Error(`the client wrote: ${line}`);
  const [, , at, late, took, mark, word = ''] = found;
  return {
    side,
    atMs: Number(at),
    lateMs: Number(late),
    tookMs: Number(took),
    server: mark === '' ? word : '',
    error: mark === '' ? '' : word,
  };
}

/** Of one side: requests in flight when it happened count, those sent after its end do not. */
export function figuresOf(requests: readonly Request[], side: Side, { fromMs, untilMs }: Span): Figures {
  const failed = requests.filter(
    (one) => one.side === side && one.error !== '' && one.atMs + one.tookMs >= fromMs && one.atMs < untilMs,
  );
  const lastMs = Math.max(fromMs, ...failed.map(({ atMs }) => atMs));
  const found = failed.length === 0 || lastMs < untilMs - quietMs;
  return { ms: found ? Math.round(lastMs - fromMs) : null, failed: failed.length };
}

/** Whether since `fromMs` nothing failed and each of `servers` has served. */
export function isCalm(requests: readonly Request[], servers: readonly string[], fromMs: number): boolean {
  const recent = requests.filter(({ atMs }) => atMs >= fromMs);
  const served = new Set(recent.map(({ server }) => server));
  return recent.every(({ error }) => error === '') && servers.every((name) => served.has(name));
}

/** Whether each of `affected` was hurt and has been well since `fromMs`: there is nothing more to see. */
export function isOver(
  requests: readonly Request[],
  affected: readonly Side[],
  { faultMs, fromMs }: { readonly faultMs: number; readonly fromMs: number },
): boolean {
  return affected.every((side) => {
    const failed = requests.filter((one) => one.side === side && one.error !== '');
    return (
      failed.some(({ atMs, tookMs }) => atMs + tookMs >= faultMs) && failed.every(({ atMs }) => atMs < fromMs)
    );
  });
}

export interface Pace {
  /** Of timers. */
  readonly lateP50Ms: number;
  readonly lateP99Ms: number;
  /** Of requests that were answered. */
  readonly tookP50Ms: number;
  readonly tookP99Ms: number;
}

export function paceOf(requests: readonly Request[]): Pace {
  const late = requests.map(({ lateMs }) => lateMs);
  const took = requests.filter(({ error }) => error === '').map(({ tookMs }) => tookMs);
  return {
    lateP50Ms: quantile(late, 0.5),
    lateP99Ms: quantile(late, 0.99),
    tookP50Ms: quantile(took, 0.5),
    tookP99Ms: quantile(took, 0.99),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? Number.NaN;
}
