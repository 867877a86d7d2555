/** Spans of time as people write them: `90s`, `30m`, `2h`, `7d`. */

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const units = ['s', 'm', 'h', 'd'] as const;

export const durationPattern = /^([1-9]\d{0,8})([smhd])$/;

/** Undefined where the text is none; there is no span of 0. */
export function parseDurationMs(text: string): number | undefined {
  const match = durationPattern.exec(text);
  const unit = units.find((known) => known === match?.[2]);
  return unit === undefined ? undefined : Number(match?.[1]) * unitMs[unit];
}
