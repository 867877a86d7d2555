// How two states differ, in one line for people.

/** Lines of one text that the other lacks: `− was, + is`. */
export function textDifference(before: string, after: string): string {
  const was = before.split('\n');
  const is = after.split('\n');
  return [
    ...was.filter((line) => !is.includes(line)).map((line) => `− ${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`),
  ].join(', ');
}
