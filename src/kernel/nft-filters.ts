/** What nft lists of tables of others, as rules that can be judged (libnftables-json(5)). Pure. */
import type {
  FilterChain,
  FilterField,
  FilterMatch,
  FilterPoint,
  FilterRule,
  FilterValue,
  FilterVerdict,
} from '../domain/packet-filter.ts';
import { ipProtocolNumbers } from './ip-protocols.ts';
import { isRecord } from './nft-element.ts';

/** Before routing and at the host's own door what is dropped never comes in; the other two are where it leaves, or passes. */
const points: Readonly<Record<string, FilterPoint | undefined>> = {
  prerouting: undefined,
  input: undefined,
  output: 'output',
  forward: 'forward',
};
const families = ['ip', 'ip6', 'inet'] as const;
const priorities: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
};
/** Change or count something, and match everything. */
const withoutEffect = ['counter', 'log', 'mangle', 'notrack', 'comment'];

/** Whether a listing of chains has any that sees what comes in, in tables other than these of ours. */
export function filterTables(listing: unknown, own: readonly string[]): { family: string; table: string }[] {
  const found = new Map<string, { family: string; table: string }>();
  for (const chain of objectsOf(listing, 'chain')) {
    const { family, table, hook } = chain;
    const isAsked = families.some((one) => one === family) && isPoint(hook);
    if (!isAsked || typeof table !== 'string' || own.includes(table)) continue;
    found.set(`${family} ${table}`, { family: String(family), table });
  }
  return [...found.values()];
}

/** Chains of a listing of one table, with all of their rules; undefined where these are more than `ruleLimit`. */
export function decodeFilters(listing: unknown, ruleLimit: number): FilterChain[] | undefined {
  const listed = objectsOf(listing, 'rule');
  if (listed.length > ruleLimit) return undefined;
  const rules = Map.groupBy(listed, ({ chain }) => chain);
  return objectsOf(listing, 'chain').flatMap((chain): FilterChain[] => {
    const family = families.find((one) => one === chain.family);
    const { table, name } = chain;
    if (family === undefined || typeof table !== 'string' || typeof name !== 'string') return [];
    const isOther = chain.hook !== undefined && !isPoint(chain.hook);
    if (isOther) return [];
    const hook = {
      priority: priorityOf(chain.prio),
      policy: chain.policy === 'drop' ? ('drop' as const) : ('accept' as const),
      ...pointOf(chain.hook),
    };
    const own = (rules.get(name) ?? []).flatMap(({ expr }) => rulesOf(Array.isArray(expr) ? expr : []));
    return [{ family, table, name, ...(chain.hook === undefined ? {} : { hook }), rules: own }];
  });
}

function objectsOf(listing: unknown, kind: string): Record<string, unknown>[] {
  const objects = isRecord(listing) && Array.isArray(listing.nftables) ? listing.nftables : [];
  return objects.flatMap((one: unknown) => (isRecord(one) && isRecord(one[kind]) ? [one[kind]] : []));
}

function isPoint(hook: unknown): boolean {
  return typeof hook === 'string' && Object.hasOwn(points, hook);
}

function pointOf(hook: unknown): { point?: FilterPoint } {
  const point = named(points, hook);
  return point === undefined ? {} : { point };
}

/** What a table of ours has under that name; nothing under those that every object has. */
function named<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}

function priorityOf(prio: unknown): number {
  return typeof prio === 'number' ? prio : (named(priorities, prio) ?? 0);
}

/** A rule without a verdict is none; one with a map of verdicts is one for each of its entries. */
function rulesOf(expressions: readonly unknown[]): FilterRule[] {
  const matches: FilterMatch[] = [];
  let isPartlyKnown = false;
  const way = expressions.some(asksReversePath) ? { asksReversePath: true as const } : {};
  for (const expression of expressions) {
    if (!isRecord(expression)) continue;
    const [kind = ''] = Object.keys(expression);
    const value = expression[kind];
    const verdict = verdictOf(kind, value);
    if (verdict !== undefined) return [{ matches, isPartlyKnown, verdict, ...way }];
    if (kind === 'vmap') return mapped(value, matches, isPartlyKnown);
    if (kind === 'match') {
      const asked = isRecord(value) ? matchOf(value) : nothingKnown;
      matches.push(...asked.matches);
      isPartlyKnown ||= !asked.isKnown;
    } else if (!withoutEffect.includes(kind)) isPartlyKnown = true;
  }
  return [];
}

/** `fib saddr . iif oif missing` */
function asksReversePath(expression: unknown): boolean {
  const left = isRecord(expression) && isRecord(expression.match) ? expression.match.left : undefined;
  const fib = isRecord(left) ? left.fib : undefined;
  return isRecord(fib) && fib.result === 'oif' && Array.isArray(fib.flags) && fib.flags.includes('saddr');
}

function verdictOf(kind: string, value: unknown): FilterVerdict | undefined {
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'return':
      return { kind };
    case 'reject':
      return { kind: 'drop' };
    case 'jump':
    case 'goto':
      return isRecord(value) && typeof value.target === 'string' ? { kind, chain: value.target } : undefined;
    default:
      return undefined;
  }
}

function mapped(value: unknown, matches: readonly FilterMatch[], isPartlyKnown: boolean): FilterRule[] {
  const data = isRecord(value) && isRecord(value.data) ? value.data.set : undefined;
  // A named map, or one of keys that are unknown: anything may happen there.
  const anything: FilterRule[] = [{ matches, isPartlyKnown: true, verdict: { kind: 'accept' } }];
  if (!isRecord(value) || !Array.isArray(data)) return anything;
  return data.flatMap((entry: unknown): FilterRule[] => {
    if (!Array.isArray(entry) || !isRecord(entry[1])) return anything;
    const [kind = ''] = Object.keys(entry[1]);
    const verdict = verdictOf(kind, entry[1][kind]);
    const key = matchOf({ op: '==', left: value.key, right: entry[0] });
    if (verdict === undefined) return anything;
    return [{ matches: [...matches, ...key.matches], isPartlyKnown: isPartlyKnown || !key.isKnown, verdict }];
  });
}

/** What is asked, as far as it is understood: `isKnown`, all of it. */
interface Asked {
  readonly matches: readonly FilterMatch[];
  readonly isKnown: boolean;
}

const nothingKnown: Asked = { matches: [], isKnown: false };

/** That a header's field is asked for says by itself of which protocol a packet must be. */
function matchOf({ op, left, right }: Record<string, unknown>): Asked {
  const flags = synOf(op, left, right);
  if (flags !== undefined) return flags;
  const { field, implied } = fieldOf(left);
  const values = field === undefined ? undefined : valuesOf(field, right);
  const isCompared = op === '==' || op === 'in' || op === '!=';
  if (field === undefined || values === undefined || !isCompared) return { matches: implied, isKnown: false };
  return { matches: [...implied, { field, values, isNegated: op === '!=' }], isKnown: true };
}

/** `tcp flags & (fin|syn|rst|ack) == syn`, or `tcp flags syn`: whether it is the first segment. */
function synOf(op: unknown, left: unknown, right: unknown): Asked | undefined {
  const [payload, ...mask] = isRecord(left) && Array.isArray(left['&']) ? left['&'] : [left];
  const of = isRecord(payload) ? payload.payload : undefined;
  if (!isRecord(of) || of.protocol !== 'tcp' || of.field !== 'flags') return undefined;
  const tcp = only('protocol', '6');
  const wordsMasked = words(mask);
  const isFirstOnly = mask.length === 0 || (wordsMasked.includes('syn') && wordsMasked.includes('ack'));
  const isSyn = words(right).join() === 'syn';
  if (!isFirstOnly || !isSyn) return { matches: [tcp], isKnown: false };
  return { matches: [tcp, { ...only('syn', 'yes'), isNegated: op === '!=' }], isKnown: true };
}

/** All words of an expression such as `fin | syn`, however deep. */
function words(expression: unknown): string[] {
  if (typeof expression === 'string') return [expression];
  if (Array.isArray(expression)) return expression.flatMap(words);
  return isRecord(expression) ? words(expression['|']) : [];
}

interface AskedField {
  readonly field?: FilterField | undefined;
  readonly implied: readonly FilterMatch[];
}

function fieldOf(left: unknown): AskedField {
  if (!isRecord(left)) return { implied: [] };
  const { meta, payload, ct } = left;
  if (isRecord(ct)) return { field: ct.key === 'state' ? 'state' : undefined, implied: [] };
  if (isRecord(meta)) return { field: named(metaFields, meta.key), implied: [] };
  if (!isRecord(payload)) return { implied: [] };
  const { protocol, field } = payload;
  if (protocol === 'ip') return { field: named(addressFields, field), implied: [only('family', 'ipv4')] };
  if (protocol === 'ip6') return { field: named(addressFields, field), implied: [only('family', 'ipv6')] };
  const port: AskedField['field'] = field === 'dport' ? 'destinationPort' : undefined;
  const number = named(ipProtocolNumbers, protocol);
  return { field: port, implied: number === undefined ? [] : [only('protocol', String(number))] };
}

const metaFields: Readonly<Record<string, FilterField>> = {
  l4proto: 'protocol',
  iifname: 'incoming',
  iif: 'incoming',
  oifname: 'outgoing',
  oif: 'outgoing',
  nfproto: 'family',
};
const addressFields: Readonly<Record<string, FilterField>> = {
  saddr: 'source',
  daddr: 'destination',
  protocol: 'protocol',
  nexthdr: 'protocol',
};

function only(field: FilterField, text: string): FilterMatch {
  return { field, values: [{ kind: 'is', text }], isNegated: false };
}

function valuesOf(field: FilterField, right: unknown): FilterValue[] | undefined {
  if (Array.isArray(right)) return allOf(field, right);
  if (isRecord(right)) {
    if (Array.isArray(right.set)) return allOf(field, right.set);
    if (Array.isArray(right.range)) {
      const [from, to] = right.range;
      return typeof from === 'number' && typeof to === 'number' ? [{ kind: 'range', from, to }] : undefined;
    }
    if (isRecord(right.prefix)) {
      const { addr, len } = right.prefix;
      return typeof addr === 'string' && typeof len === 'number'
        ? [{ kind: 'prefix', address: addr, length: len }]
        : undefined;
    }
    return undefined;
  }
  if (typeof right === 'number') return [{ kind: 'is', text: String(right) }];
  // `@name`: a set whose elements may change at any time.
  if (typeof right !== 'string' || right.startsWith('@')) return undefined;
  if (field !== 'protocol') return [{ kind: 'is', text: right }];
  const number = named(ipProtocolNumbers, right);
  return number === undefined ? undefined : [{ kind: 'is', text: String(number) }];
}

function allOf(field: FilterField, items: readonly unknown[]): FilterValue[] | undefined {
  const found = items.map((item) => valuesOf(field, item));
  return found.every((one) => one !== undefined) ? found.flat() : undefined;
}
