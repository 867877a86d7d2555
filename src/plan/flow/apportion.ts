/** How a whole number is shared out in proportion, to the last unit. */

/**
 * Whole numbers that add up to `total`, in proportion to `shares` (whole, 0 or more), by largest remainder, ties to the first.
 * All 0 where there are no shares. In BigInt where a product of two amounts passes 2^53.
 */
export function apportion(total: number, shares: readonly number[]): number[] {
  const sum = shares.reduce((all, share) => all + share, 0);
  const parts = shares.map(() => 0);
  if (sum === 0) return parts;
  const remainders: { readonly index: number; readonly remainder: number }[] = [];
  let left = total;
  for (const [index, share] of shares.entries()) {
    if (share === 0) continue;
    const { whole, remainder } = dividedProduct(total, share, sum);
    parts[index] = whole;
    left -= whole;
    if (remainder > 0) remainders.push({ index, remainder });
  }
  if (left === 0) return parts;
  // What is left over is less than there are remainders.
  remainders.sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of remainders.slice(0, left)) parts[index] = (parts[index] ?? 0) + 1;
  return parts;
}

function dividedProduct(total: number, share: number, sum: number) {
  const dividend = total * share;
  if (Number.isSafeInteger(dividend)) {
    const remainder = dividend % sum;
    return { whole: (dividend - remainder) / sum, remainder };
  }
  const exact = BigInt(total) * BigInt(share);
  return { whole: Number(exact / BigInt(sum)), remainder: Number(exact % BigInt(sum)) };
}
