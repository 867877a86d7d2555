// A topology as the text that `ip -batch` and `tc -batch` read: processes are dear in an emulated kernel, lines are not.
import { type Netem, rootNamespace, type Topology } from './topology.ts';

/** What one process does inside one namespace. */
export interface Batch {
  readonly namespace: string;
  readonly text: string;
}

export interface Batches {
  /** In the root namespace, in this order. */
  readonly namespaces: string;
  readonly wires: string;
  /** Each in its namespace, all at once, once the wires are there. */
  readonly configure: readonly Batch[];
  readonly netem: readonly Batch[];
}

export function planBatches(topology: Topology): Batches {
  return {
    namespaces: lines(topology.namespaces.map((name) => `netns add ${name}`)),
    wires: lines(topology.wires.map(({ a, b }) => wireLine(topology.mtu, a, b))),
    configure: [rootNamespace, ...topology.namespaces].map((namespace) => ({
      namespace,
      text: lines(configureLines(topology, namespace)),
    })),
    netem: grouped(topology.netem).map(([namespace, items]) => ({
      namespace,
      text: lines(items.map((item) => netemLine('add', item))),
    })),
  };
}

interface Place {
  readonly namespace: string;
  readonly device: string;
}

function wireLine(mtu: number, a: Place, b: Place): string {
  const end = ({ namespace, device }: Place): string =>
    `${device} mtu ${mtu}${namespace === rootNamespace ? '' : ` netns ${namespace}`}`;
  return `link add name ${end(a)} type veth peer name ${end(b)}`;
}

/** Devices before addresses before routes: each needs the one before. */
function configureLines(topology: Topology, namespace: string): string[] {
  const here = <T extends { readonly namespace: string }>(items: readonly T[]): T[] =>
    items.filter((item) => item.namespace === namespace);
  const devices = topology.wires.flatMap(({ a, b }) => here([a, b])).map(({ device }) => device);
  const bridges = here(topology.bridges);
  return [
    ...(namespace === rootNamespace ? [] : ['link set dev lo up']),
    ...bridges.map(({ device }) => `link add name ${device} type bridge`),
    ...bridges.flatMap(({ device, ports }) => ports.map((port) => `link set dev ${port} master ${device}`)),
    ...here(topology.addresses).map(({ device, address }) => `address add ${address} dev ${device}`),
    ...[...devices, ...bridges.map(({ device }) => device)].map((device) => `link set dev ${device} up`),
    ...here(topology.routes).map(({ destination, gateway }) => `route add ${destination} via ${gateway}`),
  ];
}

/** A line for `tc -batch`; delays in µs, so that no rounding shows. */
export function netemLine(
  verb: 'add' | 'change',
  { device, delayMs, loss }: Omit<Netem, 'namespace'>,
): string {
  const lost = loss === 0 ? '' : ` loss ${loss * 100}%`;
  return `qdisc ${verb} dev ${device} root netem delay ${Math.round(delayMs * 1_000)}us${lost}`;
}

function grouped<T extends { readonly namespace: string }>(items: readonly T[]): [string, T[]][] {
  return [...Map.groupBy(items, ({ namespace }) => namespace)];
}

function lines(items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join('');
}
