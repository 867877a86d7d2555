/** What packets get through from each director to the real servers, as directors measured it: a matrix by sites, and who is narrower than others. */
import type { Status } from '../domain/status.ts';
import { table } from './table.ts';

export interface MtuEntry {
  readonly director: string;
  readonly realServer: string;
  /** Of the real server; empty: no real server of that name is known. */
  readonly site: string;
  /** Of the largest packet that gets through whole, as the client sends it; absent: it is not known. */
  readonly mtuBytes?: number;
}

/** By director, then by real server. */
export function mtuEntries({ agents }: Pick<Status, 'agents'>): MtuEntry[] {
  const siteOf = new Map(agents.flatMap((one) => (one.role === 'realserver' ? [[one.name, one.site]] : [])));
  return agents
    .filter(({ role }) => role === 'director')
    .flatMap(({ name: director, paths }) =>
      paths.map(({ realServer, mtuBytes }) => ({
        ...{ director, realServer, site: siteOf.get(realServer) ?? '' },
        ...(mtuBytes === undefined ? {} : { mtuBytes }),
      })),
    );
}

/** Of more than so many narrow ways the rest is counted. */
const narrowAtMost = 50;

export function mtuText(status: Pick<Status, 'agents' | 'isSummary'>): string {
  const entries = mtuEntries(status);
  if (entries.length === 0) return 'No director has reported a way to a real server.\n';
  const sites = [...new Set(entries.map(({ site }) => site))].sort();
  const rows = [...Map.groupBy(entries, ({ director }) => director)].map(([director, own]) => [
    director,
    ...sites.map((site) => cellOf(own.filter((one) => one.site === site))),
  ]);
  const head =
    status.isSummary === true ? 'Of ways in need of attention alone; there are too many of all.\n\n' : '';
  return [
    head,
    'Largest packet that gets through whole, bytes, from each director to the real servers of a site (?: not known):\n\n',
    table(['director', ...sites], rows),
    narrowTable(entries),
    unknownLine(entries),
  ].join('');
}

/** `1480`, `1380–1480`, `1480, 2 ?`. */
function cellOf(entries: readonly MtuEntry[]): string {
  const known = entries.flatMap(({ mtuBytes }) => mtuBytes ?? []);
  const unknown = entries.length - known.length;
  if (known.length === 0) return unknown === 0 ? '' : '?';
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const range = least === most ? `${least}` : `${least}–${most}`;
  return unknown === 0 ? range : `${range}, ${unknown} ?`;
}

/** Those that carry less than another real server of their site from the same director: something on that way is amiss. */
function narrowTable(entries: readonly MtuEntry[]): string {
  const narrow = [
    ...Map.groupBy(entries, ({ director, site }) => JSON.stringify([director, site])).values(),
  ].flatMap((alike) => {
    const most = Math.max(...alike.map(({ mtuBytes = 0 }) => mtuBytes));
    return alike.filter(({ mtuBytes = most }) => mtuBytes < most).map((one) => ({ ...one, most }));
  });
  if (narrow.length === 0) return '';
  const rows = narrow
    .slice(0, narrowAtMost)
    .map(({ director, realServer, mtuBytes, most }) => [director, realServer, `${mtuBytes}`, `${most}`]);
  const more = narrow.length - rows.length;
  const rest = more === 0 ? '' : `and ${more} more\n`;
  return `\n${table(['director', 'narrower to', 'carries', 'others there'], rows)}${rest}`;
}

function unknownLine(entries: readonly MtuEntry[]): string {
  if (entries.every(({ mtuBytes }) => mtuBytes !== undefined)) return '';
  return '\nNot known: not measured yet, no path that is up, or an agent there of a version that does not answer questions of a size.\n';
}
