/** What share of the host's CPUs was in use between two readings of /proc/stat. */
import type { Clock } from '../../src/domain/clock.ts';
import { CausewayError } from '../../src/domain/error.ts';

/** What tells a share in use; undefined while it is not known yet. Rejects where it can't be told, with one text for one reason. */
export type ShareSource = () => Promise<number | undefined>;

export interface CpuTimes {
  /** In ticks, of all CPUs since the start of the host. */
  readonly total: number;
  readonly idle: number;
}

/** Ticks are 10 ms: over less than this a share is mostly rounding. */
const leastWindowMs = 1_000;

/** The share since the reading before; asked again too soon, it says the same once more. */
export function createHostCpu(
  clock: Pick<Clock, 'monotonicMs'>,
  readStat: () => Promise<string>,
): ShareSource {
  let before: { readonly times: CpuTimes; readonly atMs: number } | undefined;
  let share: number | undefined;
  return async () => {
    const atMs = clock.monotonicMs();
    if (before !== undefined && atMs - before.atMs < leastWindowMs) return share;
    const times = parseCpuTimes(await readStat());
    if (times === undefined) {
      before = undefined;
      throw new CausewayError({
        code: 'unsupported',
        operation: 'read CPU times',
        subject: '/proc/stat',
        message: 'it has no line "cpu" with the times of this host',
      });
    }
    share = before === undefined ? undefined : shareBetween(before.times, times);
    before = { times, atMs };
    return share;
  };
}

/**
 * From the line of all CPUs: user, nice, system, idle, iowait, irq, softirq, steal (proc_stat(5)). What follows, guests', is
 * part of user and nice. Stolen time is no idle time: this host did not have it to give.
 */
export function parseCpuTimes(stat: string): CpuTimes | undefined {
  const line = /^cpu +(.*)$/m.exec(stat)?.[1];
  const times = line?.trim().split(/ +/).slice(0, 8).map(Number) ?? [];
  const [idle, iowait = 0] = times.slice(3);
  if (idle === undefined || times.some((time) => !Number.isSafeInteger(time) || time < 0)) return undefined;
  return { total: times.reduce((sum, time) => sum + time, 0), idle: idle + iowait };
}

/** Undefined where no time has passed or it went back. A CPU that goes away, or iowait, which may fall, gives no negative share. */
export function shareBetween(before: CpuTimes, after: CpuTimes): number | undefined {
  const passed = after.total - before.total;
  if (!(passed > 0)) return undefined;
  const idle = Math.min(passed, Math.max(0, after.idle - before.idle));
  return 1 - idle / passed;
}
