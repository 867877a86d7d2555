/** A list told by what is other than in a list that the reader has. */

export interface Splice<T> {
  /** Place in the list that the reader has, ascending from one splice to the next. */
  readonly at: number;
  readonly remove: number;
  readonly insert: readonly T[];
}

/**
 * What makes `next` of `base`; undefined where both hold the same things in another order, or a key stands twice: then the whole list
 * is told.
 */
export function listEdit<T>(
  base: readonly T[],
  next: readonly T[],
  keyOf: (item: T) => string,
  isSame: (a: T, b: T) => boolean,
): Splice<T>[] | undefined {
  const [baseKeys, nextKeys] = [new Set(base.map(keyOf)), new Set(next.map(keyOf))];
  if (baseKeys.size !== base.length || nextKeys.size !== next.length) return undefined;
  const splices: { at: number; remove: number; insert: T[] }[] = [];
  let at = 0;
  const change = (remove: number, insert: readonly T[]): void => {
    const last = splices.at(-1);
    if (last !== undefined && last.at + last.remove === at) {
      last.remove += remove;
      last.insert.push(...insert);
    } else splices.push({ at, remove, insert: [...insert] });
    at += remove;
  };
  for (const item of next) {
    for (let old = base[at]; old !== undefined && !nextKeys.has(keyOf(old)); old = base[at]) change(1, []);
    const old = base[at];
    if (!baseKeys.has(keyOf(item))) change(0, [item]);
    else if (old === undefined || keyOf(old) !== keyOf(item)) return undefined;
    else if (isSame(old, item)) at += 1;
    else change(1, [item]);
  }
  if (at < base.length) change(base.length - at, []);
  return splices;
}

/** `base` with these changes; what stays is the same value. Undefined where they do not fit it. */
export function spliced<T>(base: readonly T[], splices: readonly Splice<T>[]): T[] | undefined {
  const result: T[] = [];
  let from = 0;
  for (const { at, remove, insert } of splices) {
    if (at < from || at + remove > base.length) return undefined;
    for (let index = from; index < at; index += 1) result.push(base[index] as T);
    result.push(...insert);
    from = at + remove;
  }
  for (let index = from; index < base.length; index += 1) result.push(base[index] as T);
  return result;
}
