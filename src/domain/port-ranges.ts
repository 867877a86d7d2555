/** Lists of ports as the kernel writes them in `ip_local_reserved_ports`: `8080,9148-9150`. */

/** The one sysctl that several programs share: what others reserved stays, and ours is among it. */
export const reservedPortsSysctl = 'net.ipv4.ip_local_reserved_ports';

type Range = readonly [first: number, last: number];

/** Both lists' ports, merged and in order, as the kernel shows them. What is no range is passed over. */
export function unitePorts(a: string, b: string): string {
  const united: [number, number][] = [];
  for (const [first, last] of [...rangesOf(a), ...rangesOf(b)].toSorted((x, y) => x[0] - y[0])) {
    const before = united.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else united.push([first, last]);
  }
  return united.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** Those of `list` that are not among `unwanted`. */
export function withoutPorts(list: string, unwanted: string): string {
  const left = rangesOf(unwanted).reduce(
    (ranges, [from, to]) =>
      ranges.flatMap(([first, last]): Range[] => {
        const parts: Range[] = [
          [first, Math.min(last, from - 1)],
          [Math.max(first, to + 1), last],
        ];
        return parts.filter(([start, end]) => start <= end);
      }),
    rangesOf(list),
  );
  return unitePorts(left.map(([first, last]) => `${first}-${last}`).join(','), '');
}

export function includesPorts(list: string, wanted: string): boolean {
  return unitePorts(list, wanted) === unitePorts(list, '');
}

function rangesOf(list: string): Range[] {
  return list.split(',').flatMap((part): Range[] => {
    const [, first, last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    return first === undefined ? [] : [[Number(first), Number(last)]];
  });
}
