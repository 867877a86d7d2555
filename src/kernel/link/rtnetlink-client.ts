/** Devices, addresses, routes and rules of this network namespace, read and changed over rtnetlink. */
import type { Family } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import type { InterfaceAddress, Link, Route, Rule } from '../../domain/host-state.ts';
import { describeHostOperation } from '../../domain/host-state.ts';
import { factsOf } from '../../domain/tunnel.ts';
import type { NetlinkConnection } from '../netlink/connection.ts';
import { messageFlag } from '../netlink/wire.ts';
import {
  type AddressReading,
  encodeAddress,
  encodeAddressDeletion,
  encodeAddressDump,
  parseAddressMessage,
} from './codec-address.ts';
import {
  encodeLink,
  encodeLinkDeletion,
  encodeLinkDump,
  encodeLinkQuery,
  encodeLinkUp,
  type LinkReading,
  parseLink,
} from './codec-link.ts';
import {
  encodeRoute,
  encodeRouteDeletion,
  encodeRouteDump,
  encodeRouteQuery,
  isLearnt,
  parseRoute,
  type RouteReading,
  routeTableOf,
  routeTypeOf,
} from './codec-route.ts';
import { encodeRule, encodeRuleDump, parseRule } from './codec-rule.ts';
import { routeType, routingTable, rtm } from './rtnetlink.ts';

/** Adding what is there identically, and deleting what is absent, is no error. */
export interface RtnetlinkClient {
  link(name: string): Promise<LinkReading | undefined>;
  links(): Promise<LinkReading[]>;
  addresses(): Promise<AddressReading[]>;
  /** Routes of these tables, and with `locals` those of type local of all. */
  routes(family: Family, tables: ReadonlySet<number>, locals?: boolean): Promise<RouteReading[]>;
  /** Rules of the kinds that Causeway makes. */
  rules(family: Family): Promise<Rule[]>;
  /** Which way a packet of this host's takes, one that has its source, or bears a mark, where they are told; undefined where there is none. */
  routeTo(address: string, from?: string, mark?: number): Promise<RouteReading | undefined>;
  /** Makes the device, down. Errors: `conflict` where another device has the name, `unsupported` without its driver. */
  addLink(link: Link): Promise<void>;
  setLinkUp(link: Link): Promise<void>;
  /** Errors: `conflict` where the device of that name is of another kind. */
  deleteLink(link: Link): Promise<void>;
  addAddress(address: InterfaceAddress): Promise<void>;
  deleteAddress(address: InterfaceAddress): Promise<void>;
  replaceRoute(route: Route): Promise<void>;
  deleteRoute(route: Route): Promise<void>;
  addRule(rule: Rule): Promise<void>;
  deleteRule(rule: Rule): Promise<void>;
}

/** What the kernel answers where no route leads, one forbids it, or the family is not there at all. */
const noWay = ['ENETUNREACH', 'EHOSTUNREACH', 'EINVAL', 'EACCES', 'EOPNOTSUPP', 'EAFNOSUPPORT'];

const create = messageFlag.create | messageFlag.exclusive;
const createOrReplace = messageFlag.create | messageFlag.replace;

export function createRtnetlinkClient(connection: NetlinkConnection): RtnetlinkClient {
  async function dump<T>(
    noun: string,
    type: number,
    payload: Uint8Array,
    parse: (bytes: Uint8Array) => T | undefined,
  ) {
    const replies = await connection.dump({ type, payload }, { operation: 'list', subject: noun });
    return replies.map((reply) => parse(reply.payload)).filter((item) => item !== undefined);
  }

  async function link(name: string): Promise<LinkReading | undefined> {
    const query = connection.query(
      { type: rtm.getLink, payload: encodeLinkQuery(name) },
      { operation: 'read link', subject: name },
    );
    const replies = await unless(['ENODEV'], query);
    const first = replies?.find((reply) => reply.type === rtm.newLink);
    return first === undefined ? undefined : parseLink(first.payload);
  }

  /** Number of a device that must be there; undefined where none is named. */
  async function indexOf(name: string | undefined, subject: string): Promise<number | undefined> {
    if (name === undefined) return undefined;
    const found = await link(name);
    if (found !== undefined) return found.index;
    const message = `there is no device ${name}`;
    throw new CausewayError({ code: 'not-found', operation: 'find link', subject, errno: 'ENODEV', message });
  }

  function send(type: number, flags: number, payload: Uint8Array, description: string): Promise<void> {
    const [verb, noun, ...rest] = description.split(' ');
    return connection.request(
      { type, flags, payload },
      { operation: `${verb} ${noun}`, subject: rest.join(' ') },
    );
  }

  async function deleteRoute(route: Route): Promise<void> {
    const description = describeHostOperation({ kind: 'delete-route', route });
    const index = await unless(['ENODEV'], indexOf(route.link, description));
    // Without its device the route is gone too.
    if (route.link !== undefined && index === undefined) return;
    await unless(['ESRCH'], send(rtm.deleteRoute, 0, encodeRouteDeletion(route, index), description));
  }

  return {
    link,
    links: () => dump('links', rtm.getLink, encodeLinkDump(), parseLink),
    addresses: () => dump('addresses', rtm.getAddress, encodeAddressDump(), parseAddressMessage),
    routes: (family, tables, locals = false) =>
      dump(`${family} routes`, rtm.getRoute, encodeRouteDump(family), (payload) =>
        !isLearnt(payload) &&
        (tables.has(routeTableOf(payload) ?? 0) || (locals && routeTypeOf(payload) === routeType.local))
          ? parseRoute(payload)
          : undefined,
      ),
    rules: (family) => dump(`${family} rules`, rtm.getRule, encodeRuleDump(family), parseRule),
    async routeTo(address, from, mark) {
      const query = connection.query(
        { type: rtm.getRoute, payload: encodeRouteQuery(address, from, mark) },
        { operation: 'find route', subject: `to ${address}` },
      );
      const replies = await unless(noWay, query);
      const first = replies?.find((reply) => reply.type === rtm.newRoute);
      return first === undefined ? undefined : parseRoute(first.payload);
    },
    async addLink(wanted) {
      const description = describeHostOperation({ kind: 'add-link', link: wanted });
      try {
        await send(rtm.newLink, create, encodeLink(wanted), description);
      } catch (error) {
        const errno = error instanceof CausewayError ? error.errno : undefined;
        if (errno === 'EOPNOTSUPP') throw noDriver(wanted, error);
        if (errno !== 'EEXIST') throw error;
        const found = await link(wanted.name);
        if (!isSameLink(found?.link, wanted)) throw conflict('add link', wanted, found, error);
      }
    },
    setLinkUp: (wanted) =>
      send(
        rtm.setLink,
        0,
        encodeLinkUp(wanted.name),
        describeHostOperation({ kind: 'set-link-up', link: wanted }),
      ),
    async deleteLink(wanted) {
      const found = await link(wanted.name);
      if (found === undefined) return;
      if (found.kind !== wanted.type) throw conflict('delete link', wanted, found);
      const description = describeHostOperation({ kind: 'delete-link', link: wanted });
      await unless(['ENODEV'], send(rtm.deleteLink, 0, encodeLinkDeletion(found.index), description));
    },
    async addAddress(address) {
      const description = describeHostOperation({ kind: 'add-address', address });
      const index = await indexOf(address.link, description);
      await send(rtm.newAddress, createOrReplace, encodeAddress(address, index ?? 0), description);
    },
    async deleteAddress(address) {
      const found = await link(address.link);
      if (found === undefined) return;
      const description = describeHostOperation({ kind: 'delete-address', address });
      const deletion = encodeAddressDeletion(address, found.index);
      await unless(['EADDRNOTAVAIL', 'ENODEV'], send(rtm.deleteAddress, 0, deletion, description));
    },
    async replaceRoute(route) {
      const description = describeHostOperation({ kind: 'replace-route', route });
      const isKernels = route.type === 'local' && route.table === routingTable.local;
      // A route of the kernel's own that was withdrawn has no need to come back where its device is gone.
      const index = await (isKernels
        ? unless(['ENODEV'], indexOf(route.link, description))
        : indexOf(route.link, description));
      if (isKernels && route.link !== undefined && index === undefined) return;
      await send(rtm.newRoute, createOrReplace, encodeRoute(route, index), description);
    },
    deleteRoute,
    async addRule(rule) {
      const description = describeHostOperation({ kind: 'add-rule', rule });
      await unless(['EEXIST'], send(rtm.newRule, create, encodeRule(rule), description));
    },
    async deleteRule(rule) {
      const description = describeHostOperation({ kind: 'delete-rule', rule });
      await unless(['ENOENT', 'ESRCH'], send(rtm.deleteRule, 0, encodeRule(rule), description));
    },
  };
}

/** Undefined where the work fails with one of these errnos. */
async function unless<T>(errnos: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CausewayError && error.errno !== undefined && errnos.includes(error.errno))
      return undefined;
    throw error;
  }
}

/** Same device, whether or not it is up. */
export function isSameLink(a: Link | undefined, b: Link): boolean {
  return (
    a !== undefined &&
    a.type === b.type &&
    a.external === b.external &&
    a.local === b.local &&
    a.remote === b.remote
  );
}

function conflict(
  operation: string,
  wanted: Link,
  found: LinkReading | undefined,
  cause?: unknown,
): CausewayError {
  return new CausewayError({
    code: 'conflict',
    operation,
    subject: wanted.name,
    errno: 'EEXIST',
    message: `a device of that name exists and is ${found?.kind ?? 'no tunnel'}, not ${wanted.type}; it is left alone`,
    ...(cause === undefined ? {} : { cause }),
  });
}

function noDriver(link: Link, cause: unknown): CausewayError {
  const { module } = factsOf(link.type);
  return new CausewayError({
    code: 'unsupported',
    operation: 'add link',
    subject: link.name,
    errno: 'EOPNOTSUPP',
    message: `this kernel makes no ${link.type} devices: load the module ${module} (modprobe ${module})`,
    cause,
  });
}
