/** How a table of ours is spelt in nftables' JSON, and how a listing is recognised as one of ours (libnftables-json(5)). */
import { canonicalAddress, compareAddresses, familyOf } from '../domain/address.ts';
import type { NftTable, VipPort } from '../domain/host-state.ts';
import { disjoint, orderedPorts, withoutSpans } from '../domain/service-port.ts';
import { isNetwork, widerOf } from '../domain/vip-network.ts';
import {
  type Element,
  endElement,
  isInterval,
  isPlainList,
  isRecord,
  markedPortOf,
  parseElements,
  placeElement,
  placeOf,
  portOf,
} from './nft-element.ts';
import {
  allEnds,
  type Ends,
  type Expression,
  type RuleShape,
  type SetShape,
  type TableShape,
  type TableVariant,
  tableKinds,
  tableShape,
  variantOf,
} from './nft-shape.ts';

export type NftCommand = Readonly<Record<string, unknown>>;

type Contents = ReadonlyMap<string, readonly Element[]>;

const family = 'inet';

/**
 * Commands that put `table` in the place of whatever bears its name, as one transaction: a packet sees the old table or
 * the new one. Counters begin again at 0.
 */
export function encodeNftTable(table: NftTable): NftCommand[] {
  const shape = tableShape(table.kind, variantFor(table));
  const contents = contentsOf(canonicalNftTable(table));
  const of = { family, table: table.name };
  const commands: NftCommand[] = [...encodeNftDelete(table.name), add('table', { family, name: table.name })];
  for (const set of shape.sets) {
    const elements = contents.get(set.name) ?? [];
    const body = {
      ...of,
      name: set.name,
      type: set.type,
      ...(set.maps === undefined ? {} : { map: set.maps }),
      ...(set.mayRange === true && elements.some(isInterval) ? { flags: ['interval'] } : fixed(elements)),
      ...(elements.length === 0 ? {} : { elem: elements }),
    };
    commands.push(add(set.maps === undefined ? 'set' : 'map', body));
  }
  for (const chain of shape.chains) commands.push(add('chain', { ...of, name: chain.name, ...chain.hook }));
  for (const chain of shape.chains) {
    for (const rule of chain.rules) {
      commands.push(add('rule', { ...of, chain: chain.name, comment: rule.comment, expr: rule.expr }));
    }
  }
  return commands;
}

/** A table is replaced as a whole: for sets that stay as they are, and say how large they are, the kernel has quicker lookups. */
function fixed({ length }: readonly Element[]): object {
  return { flags: ['constant'], ...(length === 0 ? {} : { size: length }) };
}

/** Commands that take the table away, whether or not it is there. */
export function encodeNftDelete(name: string): NftCommand[] {
  const table = { family, name };
  return [add('table', table), { delete: { table } }];
}

/**
 * The table that a listing (`nft -n -j list table inet NAME`) shows, or `foreign` where it has not the sets, hooks and rules that
 * Causeway makes. A rule is known by its place, its comment and the kinds of its statements: how nft spells an expression
 * differs between its versions.
 */
export function decodeNftTable(name: string, listing: unknown): NftTable | 'foreign' {
  const objects = listedObjects(listing);
  if (objects === undefined) return 'foreign';
  const comments = objects.flatMap(([, { comment }]) => (typeof comment === 'string' ? [comment] : []));
  const variant = variantOf(comments);
  for (const kind of tableKinds) {
    const contents = recognise(tableShape(kind, variant), objects);
    const table = contents === undefined ? undefined : tableOf(kind, name, contents, variant);
    if (table !== undefined) return table;
  }
  return 'foreign';
}

/** The one spelling of what a table does: each element once, in order, as the kernel lists it. */
export function canonicalNftTable(table: NftTable): NftTable {
  const addresses = (list: readonly string[]) =>
    [...new Set(list.map((address) => canonicalAddress(address) ?? address))].sort(compareAddresses);
  const vips = widestOf(addresses(table.vips));
  if (table.kind === 'closed-decapsulation') {
    const { guePorts = [], ...rest } = table;
    return {
      ...rest,
      vips,
      directors: addresses(table.directors),
      ports: canonicalPorts(table.ports),
      devices: [...new Set(table.devices)].sort(),
      ...(guePorts.length === 0 ? {} : { guePorts: [...new Set(guePorts)].sort((a, b) => a - b) }),
    };
  }
  const byPort = new Map(table.marks.map((mark) => [mark.sourcePort, mark]));
  const { services = [], ...rest } = table;
  return {
    ...rest,
    vips,
    marks: [...byPort.values()].sort((a, b) => a.sourcePort - b.sourcePort),
    ...(services.length === 0 ? {} : { services: orderedPorts(apart(services.map(canonicalEnd))) }),
  };
}

function canonicalEnd<End extends VipPort>(end: End): End {
  return { ...end, address: canonicalAddress(end.address) ?? end.address };
}

/** A set takes no two elements of which one is part of the other. */
function canonicalPorts(ports: readonly VipPort[]): VipPort[] {
  const byAddress = Map.groupBy(ports.map(canonicalEnd), ({ address }) => address);
  return orderedPorts(apart([...byAddress.values()].flatMap(disjoint)));
}

/** Of old and new VIPs, while they change, one may be part of the other. */
function widestOf(places: readonly string[]): readonly string[] {
  if (!places.some(isNetwork)) return places;
  const wider = widerOf(places);
  return places.filter((place) => wider(place).length === 0);
}

/** What a wider network has already is left out of what is within it. */
function apart<End extends VipPort>(ends: readonly End[]): readonly End[] {
  if (!ends.some(({ address }) => isNetwork(address))) return ends;
  const byPlace = Map.groupBy(ends, ({ address }) => address);
  const wider = widerOf([...byPlace.keys()]);
  return [...byPlace].flatMap(([place, own]) => {
    const taken = wider(place).flatMap((network) => byPlace.get(network) ?? []);
    return taken.length === 0 ? own : own.flatMap((end) => withoutSpans(end, taken));
  });
}

function variantFor(table: NftTable): TableVariant {
  return table.kind === 'closed-decapsulation'
    ? { maxSegments: table.maxSegmentBytes ?? {}, gue: (table.guePorts ?? []).length > 0, services: false }
    : { maxSegments: {}, gue: false, services: (table.services ?? []).length > 0 };
}

function add(kind: string, body: object): NftCommand {
  return { add: { [kind]: body } };
}

function contentsOf(table: NftTable): Contents {
  const of = (addresses: readonly string[], wanted: 'ipv4' | 'ipv6') =>
    addresses.filter((address) => familyOf(address) === wanted);
  const vips = [
    ['vips4', of(table.vips, 'ipv4').map(placeElement)],
    ['vips6', of(table.vips, 'ipv6').map(placeElement)],
  ] as const;
  if (table.kind === 'closed-decapsulation') {
    return new Map<string, readonly Element[]>([
      ['directors4', of(table.directors, 'ipv4')],
      ['directors6', of(table.directors, 'ipv6')],
      ...vips,
      ...endsOf('ports', table.ports, endElement),
      ['devices', table.devices],
      ['gue-ports', table.guePorts ?? []],
    ]);
  }
  return new Map<string, readonly Element[]>([
    ...vips,
    ['probe-ports', [table.probePort]],
    ['marks', table.marks.map(({ sourcePort, mark }) => [sourcePort, mark] as const)],
    ...endsOf('services', table.services ?? [], (one) => [endElement(one), one.mark]),
  ]);
}

/** What stands in the sets of a kind, one for each protocol and family. */
function endsOf<End extends VipPort>(
  kind: string,
  ports: readonly End[],
  element: (port: End) => Element,
): [string, Element[]][] {
  const suffixOf = ({ address, protocol }: VipPort) =>
    allEnds.find((ends) => ends.protocol === protocol && ends.family === familyOf(address))?.suffix;
  const bySuffix = Map.groupBy(ports, suffixOf);
  return allEnds.map(({ suffix }) => [`${kind}-${suffix}`, (bySuffix.get(suffix) ?? []).map(element)]);
}

/** The other way. Undefined where an element is none of ours. */
function portsOf<End extends VipPort>(
  kind: string,
  contents: Contents,
  read: (element: Element, protocol: Ends['protocol']) => End | undefined,
): End[] | undefined {
  const ports: End[] = [];
  for (const { suffix, protocol } of allEnds) {
    for (const element of contents.get(`${kind}-${suffix}`) ?? []) {
      const port = read(element, protocol);
      if (port === undefined) return undefined;
      ports.push(port);
    }
  }
  return ports;
}

function tableOf(
  kind: NftTable['kind'],
  name: string,
  contents: Contents,
  { maxSegments: maxSegmentBytes }: TableVariant,
): NftTable | undefined {
  const strings = (...sets: string[]) =>
    sets.flatMap((set) => contents.get(set) ?? []).flatMap((element) => placeOf(element) ?? []);
  const vips = strings('vips4', 'vips6');
  if (kind === 'closed-decapsulation') {
    const guePorts = (contents.get('gue-ports') ?? []).filter((element) => typeof element === 'number');
    const directors = strings('directors4', 'directors6');
    const segments = Object.keys(maxSegmentBytes).length === 0 ? {} : { maxSegmentBytes };
    const ports = portsOf('ports', contents, portOf);
    if (ports === undefined) return undefined;
    const own = { directors, vips, ports };
    return canonicalNftTable({ kind, name, ...own, devices: strings('devices'), guePorts, ...segments });
  }
  const [probePort, ...otherPorts] = contents.get('probe-ports') ?? [];
  if (typeof probePort !== 'number' || otherPorts.length > 0) return undefined;
  const marks = (contents.get('marks') ?? [])
    .filter((element): element is readonly [number, number] => Array.isArray(element))
    .map(([sourcePort, mark]) => ({ sourcePort, mark }));
  const services = portsOf('services', contents, markedPortOf);
  if (services === undefined) return undefined;
  return canonicalNftTable({ kind, name, vips, probePort, marks, services });
}

/** What `nft -j list table` shows beside the table itself, as [kind, body], or undefined where it is no listing. */
function listedObjects(listing: unknown): [string, Record<string, unknown>][] | undefined {
  const entries = isRecord(listing) ? listing.nftables : undefined;
  if (!Array.isArray(entries)) return undefined;
  const objects: [string, Record<string, unknown>][] = [];
  for (const entry of entries) {
    const [kind, body] = isRecord(entry) ? (Object.entries(entry)[0] ?? []) : [];
    if (kind === undefined || !isRecord(body)) return undefined;
    if (kind !== 'metainfo' && kind !== 'table') objects.push([kind, body]);
  }
  return objects;
}

/** The sets' elements where the objects are exactly the shape's, else undefined. */
function recognise(
  shape: TableShape,
  objects: readonly [string, Record<string, unknown>][],
): Contents | undefined {
  const contents = new Map<string, readonly Element[]>();
  const rules = new Map<string, Record<string, unknown>[]>();
  let chains = 0;
  for (const [kind, body] of objects) {
    const name = kind === 'rule' ? body.chain : body.name;
    if (typeof name !== 'string') return undefined;
    if (kind === 'set' || kind === 'map') {
      const wanted = shape.sets.find((set) => set.name === name);
      const elements = parseElements(body.elem ?? []);
      if (wanted === undefined || !isSameType(wanted.type, body.type) || wanted.maps !== body.map)
        return undefined;
      if (elements === undefined || (wanted.mayRange !== true && elements.some(isInterval))) return undefined;
      contents.set(name, elements);
    } else if (kind === 'chain') {
      const wanted = shape.chains.find((chain) => chain.name === name);
      const hook = Object.entries(wanted?.hook ?? {});
      if (wanted === undefined || !hook.every(([key, value]) => body[key] === value)) return undefined;
      if (wanted.hook === undefined && body.hook !== undefined) return undefined;
      chains += 1;
    } else if (kind === 'rule') {
      rules.set(name, [...(rules.get(name) ?? []), body]);
    } else {
      return undefined;
    }
  }
  if (contents.size !== shape.sets.length || chains !== shape.chains.length) return undefined;
  const sameRules = shape.chains.every((chain) => {
    const found = rules.get(chain.name) ?? [];
    return (
      found.length === chain.rules.length &&
      chain.rules.every((rule, index) => isSameRule(rule, found[index]))
    );
  });
  return sameRules ? contents : undefined;
}

function isSameType(wanted: SetShape['type'], found: unknown): boolean {
  return typeof wanted === 'string' ? wanted === found : isPlainList(found) && wanted.join() === found.join();
}

function isSameRule(wanted: RuleShape, found: Record<string, unknown> | undefined): boolean {
  const expressions = found?.expr;
  if (found?.comment !== wanted.comment || !Array.isArray(expressions)) return false;
  const kinds = (list: readonly Expression[]) =>
    list.map((expression) => Object.keys(expression)[0]).join(' ');
  return expressions.every(isRecord) && kinds(expressions) === kinds(wanted.expr);
}
