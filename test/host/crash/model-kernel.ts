/**
 * A kernel in memory, below the door through which Causeway reads and changes a host: devices take with them what stands on them, addresses
 * bring and take the routes that the kernel keeps for them. What it does not know it refuses.
 */
import { familyOf } from '../../../src/domain/address.ts';
import { CausewayError } from '../../../src/domain/error.ts';
import type { InterfaceAddress, Link, NftTable, Route, Rule } from '../../../src/domain/host-state.ts';
import type { FouReading } from '../../../src/kernel/fou/fou-codec.ts';
import type { HostParts } from '../../../src/kernel/host.ts';
import type { AddressReading } from '../../../src/kernel/link/codec-address.ts';
import type { RouteReading } from '../../../src/kernel/link/codec-route.ts';
import { routeScope, routeType, routingTable } from '../../../src/kernel/link/rtnetlink.ts';
import { isSameLink } from '../../../src/kernel/link/rtnetlink-client.ts';
import { linkOfSysctl } from '../../../src/kernel/sysctl-name.ts';
import type { Life } from './life.ts';

interface ModelLink {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  /** Undefined: a card, or lo. */
  readonly link?: Link;
}

export interface KernelState {
  readonly links: readonly ModelLink[];
  readonly addresses: readonly AddressReading[];
  readonly routes: readonly RouteReading[];
  readonly rules: readonly Rule[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly nft: Readonly<Record<string, NftTable | 'foreign'>>;
  readonly fouPorts: readonly FouReading[];
}

export interface ModelKernel {
  /** The doors of a process of that life. */
  of(life: Life): HostParts;
  state(): KernelState;
  /** One line an object, in an order that says nothing. */
  text(): string;
  copy(): ModelKernel;
}

const forever = 0xffff_ffff;

export const bareKernel: KernelState = {
  links: [
    { index: 1, name: 'lo', up: true },
    { index: 2, name: 'eth0', up: true },
  ],
  addresses: [],
  routes: [],
  rules: [],
  sysctls: {
    'net.ipv4.conf.eth0.arp_ignore': '0',
    'net.ipv4.conf.eth0.arp_announce': '0',
    'net.ipv4.conf.eth0.rp_filter': '1',
    'net.ipv4.ip_forward': '0',
    'net.ipv6.conf.all.forwarding': '0',
    'net.ipv4.ip_local_reserved_ports': '8080',
    'net.ipv4.vs.expire_nodest_conn': '0',
    'net.ipv4.vs.expire_quiescent_template': '0',
    'net.ipv4.vs.conn_reuse_mode': '1',
    'net.ipv4.vs.sloppy_tcp': '0',
    'ipvs.timeout.udp': '300',
  },
  nft: {},
  fouPorts: [],
};

const settingsOfNewLinks = { rp_filter: '1', arp_ignore: '0', arp_announce: '0' };

export function createModelKernel(from: KernelState = bareKernel): ModelKernel {
  let state = from;
  let generation = 1;
  let lastIndex = Math.max(...from.links.map(({ index }) => index));

  const link = (name: string) => state.links.find((one) => one.name === name);
  function indexOf(name: string | undefined): number | undefined {
    if (name === undefined) return undefined;
    const found = link(name);
    if (found === undefined) throw refusal('find link', name, 'not-found', 'ENODEV');
    return found.index;
  }
  function put(changes: Partial<KernelState>): void {
    state = { ...state, ...changes };
  }

  function routeOf(route: Route, linkIndex: number | undefined): RouteReading {
    return {
      family: route.family,
      table: route.table,
      type: routeType[route.type],
      destination: route.destination,
      gateway: route.gateway,
      linkIndex,
      advertisedMss: route.advertisedMss,
      mtu: undefined,
      preferredSource: undefined,
      priority: 0,
    };
  }

  /** As the kernel makes it for an address (fib_add_ifaddr, addrconf). */
  function keptFor({ address, prefixLength, linkIndex }: AddressReading): RouteReading {
    const family = familyOf(address);
    const destination = `${address}/${family === 'ipv4' ? 32 : 128}`;
    void prefixLength;
    return routeOf({ family, table: routingTable.local, type: 'local', destination }, linkIndex);
  }

  const sameRoute = (a: RouteReading, b: RouteReading) => JSON.stringify(a) === JSON.stringify(b);
  const samePlace = (a: RouteReading, b: RouteReading) =>
    a.family === b.family &&
    a.table === b.table &&
    a.destination === b.destination &&
    a.priority === b.priority;

  /** NLM_F_REPLACE: the same one stays, else the first at that place goes. */
  function replaceRoute(route: RouteReading): void {
    if (state.routes.some((other) => sameRoute(other, route))) return;
    const first = state.routes.find((other) => samePlace(other, route));
    put({ routes: [...state.routes.filter((other) => other !== first), route] });
  }

  function addAddress(reading: AddressReading): void {
    const others = state.addresses.filter(
      (one) => !(one.linkIndex === reading.linkIndex && one.address === reading.address),
    );
    const isNew = others.length === state.addresses.length;
    put({ addresses: [...others, reading] });
    const route = keptFor(reading);
    if (isNew && !state.routes.some((other) => sameRoute(other, route)))
      put({ routes: [...state.routes, route] });
  }

  function readingOf(address: InterfaceAddress, linkIndex: number): AddressReading {
    const family = familyOf(address.address);
    return {
      linkIndex,
      family,
      address: address.address,
      prefixLength: address.prefixLength,
      preferredLifetimeSeconds: address.preferredLifetimeSeconds ?? forever,
      scope: address.scope === 'link' && family === 'ipv4' ? routeScope.link : routeScope.universe,
    };
  }

  function nameOf(index: number | undefined): string {
    return state.links.find((one) => one.index === index)?.name ?? '-';
  }

  return {
    of(life) {
      const did = async (what: string, act: () => void) => life.step(what, act);
      const unused = () => Promise.reject(new Error('not part of this test'));
      return {
        rtnetlink: {
          link: async (name) => state.links.filter((one) => one.name === name).map(linkReading)[0],
          links: async () => state.links.map(linkReading),
          addresses: async () => [...state.addresses],
          routes: async (family, tables, locals = false) =>
            state.routes.filter(
              (route) =>
                route.family === family &&
                (tables.has(route.table) || (locals && route.type === routeType.local)),
            ),
          rules: async (family) => state.rules.filter((rule) => rule.family === family),
          routeTo: unused,
          addLink: (wanted) =>
            did(`add link ${wanted.name}`, () => {
              const present = link(wanted.name);
              if (present !== undefined) {
                if (isSameLink(present.link, wanted)) return;
                throw refusal('add link', wanted.name, 'conflict', 'EEXIST');
              }
              lastIndex += 1;
              const made = { index: lastIndex, name: wanted.name, up: false, link: { ...wanted, up: false } };
              const settings = Object.entries(settingsOfNewLinks).map(([name, value]) => [
                `net.ipv4.conf.${wanted.name}.${name}`,
                value,
              ]);
              put({
                links: [...state.links, made],
                sysctls: { ...state.sysctls, ...Object.fromEntries(settings) },
              });
            }),
          setLinkUp: (wanted) =>
            did(`set link ${wanted.name} up`, () => {
              const index = indexOf(wanted.name);
              put({ links: state.links.map((one) => (one.index === index ? { ...one, up: true } : one)) });
              // IPv6 gives a device of Ethernet's kind an address of its own.
              if (wanted.type === 'dummy' && index !== undefined)
                addAddress(readingOf({ link: wanted.name, address: 'fe80::1', prefixLength: 64 }, index));
            }),
          deleteLink: (wanted) =>
            did(`delete link ${wanted.name}`, () => {
              const found = link(wanted.name);
              if (found === undefined) return;
              if (found.link?.type !== wanted.type)
                throw refusal('delete link', wanted.name, 'conflict', 'EEXIST');
              const sysctls = Object.entries(state.sysctls).filter(
                ([name]) => linkOfSysctl(name) !== wanted.name,
              );
              put({
                links: state.links.filter((one) => one !== found),
                addresses: state.addresses.filter((one) => one.linkIndex !== found.index),
                routes: state.routes.filter((one) => one.linkIndex !== found.index),
                sysctls: Object.fromEntries(sysctls),
              });
            }),
          addAddress: (address) =>
            did(`add address ${address.address} on ${address.link}`, () =>
              addAddress(readingOf(address, indexOf(address.link) ?? 0)),
            ),
          deleteAddress: (address) =>
            did(`delete address ${address.address} on ${address.link}`, () => {
              const index = link(address.link)?.index;
              const found = state.addresses.find(
                (one) =>
                  one.linkIndex === index &&
                  one.address === address.address &&
                  one.prefixLength === address.prefixLength,
              );
              if (found === undefined) return;
              const kept = keptFor(found);
              put({
                addresses: state.addresses.filter((one) => one !== found),
                routes: state.routes.filter((one) => !sameRoute(one, kept)),
              });
            }),
          replaceRoute: (route) =>
            did(`replace route ${route.destination} table ${route.table}`, () => {
              const isKernels = route.type === 'local' && route.table === routingTable.local;
              if (isKernels && route.link !== undefined && link(route.link) === undefined) return;
              replaceRoute(routeOf(route, indexOf(route.link)));
            }),
          deleteRoute: (route) =>
            did(`delete route ${route.destination} table ${route.table}`, () => {
              const index = route.link === undefined ? undefined : link(route.link)?.index;
              if (route.link !== undefined && index === undefined) return;
              const found = state.routes.find(
                (other) =>
                  samePlace(other, routeOf(route, index)) &&
                  other.type === routeType[route.type] &&
                  (index === undefined || other.linkIndex === index) &&
                  (route.gateway === undefined || other.gateway === route.gateway),
              );
              put({ routes: state.routes.filter((other) => other !== found) });
            }),
          addRule: (rule) =>
            did(`add rule ${rule.priority}`, () => {
              if (!state.rules.some((other) => isSame(other, rule))) put({ rules: [...state.rules, rule] });
            }),
          deleteRule: (rule) =>
            did(`delete rule ${rule.priority}`, () =>
              put({ rules: state.rules.filter((other) => !isSame(other, rule)) }),
            ),
        },
        nft: {
          read: async (name) => state.nft[name],
          load: (table) =>
            did(`load nft ${table.name}`, () => {
              generation += 1;
              put({ nft: { ...state.nft, [table.name]: table } });
            }),
          remove: (name) =>
            did(`delete nft ${name}`, () => {
              generation += 1;
              const { [name]: _, ...others } = state.nft;
              put({ nft: others });
            }),
        },
        nftGeneration: async () => generation,
        nftTables: async () => Object.keys(state.nft),
        filters: { latest: () => undefined },
        sysctls: {
          read: async (name) => state.sysctls[name],
          write: (name, value) =>
            did(`set ${name} = ${value}`, () => {
              if (state.sysctls[name] === undefined)
                throw refusal('write sysctl', name, 'not-found', 'ENOENT');
              put({ sysctls: { ...state.sysctls, [name]: value } });
            }),
        },
        fou: {
          ports: async () => state.fouPorts,
          add: ({ address, port }) =>
            did(`add GUE port ${port}`, () => {
              if (state.fouPorts.some((one) => one.address === address && one.port === port)) return;
              const made = { family: familyOf(address), port, address, isGue: true, isOfOnePeer: false };
              put({ fouPorts: [...state.fouPorts, made] });
            }),
          remove: ({ address, port }) =>
            did(`delete GUE port ${port}`, () =>
              put({
                fouPorts: state.fouPorts.filter((one) => !(one.address === address && one.port === port)),
              }),
            ),
        },
        close() {},
      };
    },
    state: () => state,
    text() {
      const lines = [
        ...state.links.map(
          ({ name, up, link: shape }) => `link ${name} ${up} ${shape?.type} ${shape?.local}`,
        ),
        ...state.addresses.map(
          ({ linkIndex, address, prefixLength, preferredLifetimeSeconds, scope }) =>
            `address ${address}/${prefixLength} ${nameOf(linkIndex)} ${preferredLifetimeSeconds} ${scope}`,
        ),
        ...state.routes.map(
          ({ table, type, destination, gateway, linkIndex }) =>
            `route ${type} ${destination} via ${gateway} dev ${nameOf(linkIndex)} table ${table}`,
        ),
        ...state.rules.map((rule) => `rule ${JSON.stringify(rule)}`),
        ...Object.entries(state.sysctls).map(([name, value]) => `sysctl ${name} = ${value}`),
        ...Object.values(state.nft).map((table) => `nft ${JSON.stringify(table)}`),
        ...state.fouPorts.map((port) => `fou ${JSON.stringify(port)}`),
      ];
      return lines.toSorted().join('\n');
    },
    copy: () => createModelKernel(state),
  };
}

function linkReading({ index, name, up, link }: ModelLink) {
  return {
    index,
    name,
    mtu: 1_500,
    up,
    kind: link?.type,
    link: link === undefined ? undefined : { ...link, up },
  };
}

function isSame(a: Rule, b: Rule): boolean {
  const key = ({ family, priority, table, from, notIncoming }: Rule) =>
    [family, priority, table, from, notIncoming].join(' ');
  return key(a) === key(b);
}

function refusal(
  operation: string,
  subject: string,
  code: CausewayError['code'],
  errno: string,
): CausewayError {
  return new CausewayError({ code, operation, subject, errno, message: `the kernel answered ${errno}` });
}
