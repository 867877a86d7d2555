/** Names in a sentence: the first three, and how many more there are. */
export function named(names: readonly string[]): string {
  const rest = names.length - most;
  return `${names.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const most = 3;
