/** Shares as people write them: `40%`, `12.5%`. */

export const sharePattern = /^(\d{1,3})(?:\.(\d))?%$/;
export const shareExpected = 'a share from 0% to 100%, such as 40%';

/** Per mille; undefined where the text is no such share. */
export function parseShare(text: string): number | undefined {
  const match = sharePattern.exec(text);
  if (match === null) return undefined;
  const permille = Number(match[1]) * 10 + Number(match[2] ?? 0);
  return permille <= 1_000 ? permille : undefined;
}

export function shareText(permille: number): string {
  return `${permille / 10}%`;
}
