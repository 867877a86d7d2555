/** How figures read in an explanation: rounded for people, with their units. */

/** `1,234`; below ten with a decimal where there is one. */
export function connections(milli: number): string {
  const whole = milli / 1_000;
  return milli < 10_000 ? trimmed(whole) : grouped(Math.round(whole));
}

/** `1 connection`, `1,234 connections`. */
export function counted(milli: number): string {
  const amount = connections(milli);
  return `${amount} ${amount === '1' ? 'connection' : 'connections'}`;
}

/** `10.4 ms`. */
export function milliseconds(us: number): string {
  return `${trimmed(us / 1_000)} ms`;
}

/** `12.5 %`. */
export function percent(permille: number): string {
  return `${trimmed(permille / 10)} %`;
}

/** `4 s`, `3 min`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** `12:03:05 UTC`, with the date where it is not the day of `nowMs`. */
export function instant(atMs: number, nowMs: number): string {
  const [at, now] = [isoOf(atMs), isoOf(nowMs)];
  if (at === undefined) return 'an unknown time';
  const [day = '', time = ''] = at.split('T');
  const clock = `${time.slice(0, 8)} UTC`;
  return now?.startsWith(day) === true ? clock : `${day} ${clock}`;
}

/** `a, b and c`. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

export function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}

/** The last instant that a date can be: ECMA-262, section 21.4.1.1. */
const latestMs = 8.64e15;

function isoOf(ms: number): string | undefined {
  return Math.abs(ms) <= latestMs ? new Date(ms).toISOString() : undefined;
}
