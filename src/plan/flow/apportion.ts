/** How a whole number is shared out in proportion, to the last unit. */

/**
 * Whole numbers that add up to `total`, in proportion to `shares` (whole, 0 or more), by largest remainder, ties to the first.
 * All 0 where there are no shares. In BigInt: a product of two amounts may pass 2^53.
 */
export function apportion(total: number, shares: readonly number[]): number[] {
  const sum = BigInt(shares.reduce((all, share) => all + share, 0));
  if (sum === 0n) return shares.map(() => 0);
  const exact = shares.map((share, index) => {
    const product = BigInt(total) * BigInt(share);
    return { index, whole: Number(product / sum), remainder: product % sum };
  });
  const parts = exact.map(({ whole }) => whole);
  let left = total - parts.reduce((all, part) => all + part, 0);
  const byRemainder = exact.toSorted((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  );
  for (const { index } of byRemainder) {
    if (left === 0) break;
    parts[index] = (parts[index] ?? 0) + 1;
    left -= 1;
  }
  return parts;
}
