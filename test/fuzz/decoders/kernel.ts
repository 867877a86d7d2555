/** What the kernel answers, and nft: bytes of netlink, JSON of listings, text of /proc. */
import { parseCpuTimes } from '../../../agents/realserver/cpu.ts';
import { CausewayError } from '../../../src/domain/error.ts';
import type { NftTable } from '../../../src/domain/host-state.ts';
import { encodeGuePort, parseFouPort } from '../../../src/kernel/fou/fou-codec.ts';
import { decodeDestination } from '../../../src/kernel/ipvs/destination-codec.ts';
import { decodeService } from '../../../src/kernel/ipvs/service-codec.ts';
import { parseAddressMessage } from '../../../src/kernel/link/codec-address.ts';
import { parseLink } from '../../../src/kernel/link/codec-link.ts';
import { parseRoute, routeTableOf, routeTypeOf } from '../../../src/kernel/link/codec-route.ts';
import { encodeRule, parseRule } from '../../../src/kernel/link/codec-rule.ts';
import { type Attributes, parseAttributes } from '../../../src/kernel/netlink/attribute.ts';
import {
  createSendBuffer,
  forEachMessage,
  type LocatedMessage,
  type NetlinkReply,
  toReply,
  verdict,
  writeMessage,
} from '../../../src/kernel/netlink/wire.ts';
import { parseListing } from '../../../src/kernel/nft.ts';
import { decodeFilters, filterTables } from '../../../src/kernel/nft-filters.ts';
import { decodeNftTable, encodeNftTable } from '../../../src/kernel/nft-table.ts';
import {
  acceptQueue,
  addressWords,
  isAnyAddress,
  isLocalAddress,
  isPeerAddress,
  isSocket,
  localPort,
  peerPort,
  sockDiagByFamily,
} from '../../../src/kernel/sockets/sock-diag-codec.ts';
import { parseInUse } from '../../../src/kernel/sockets/sockstat.ts';
import { bytesOf } from '../../host/hex.ts';
import { gueDestinationReply, ipv6DestinationReply, serviceReply } from '../../ipvs/vectors.ts';
import { sockets } from '../../sockets/vectors.ts';
import type { Decoder } from '../fuzz.ts';
import { addresses, links, routes } from '../recorded/rtnetlink.ts';
import { never, text, utf8 } from './inputs.ts';

/** Of the kernel nobody expects nonsense: it is a bug of somebody's, and told as one. */
const isRefusal = (error: unknown): boolean => error instanceof CausewayError && error.code === 'internal';

/** A payload in a datagram where it lies, with others around it that are none of its business. */
function located(payload: Uint8Array, type: number): LocatedMessage {
  const around = 16;
  const bytes = new Uint8Array(around + payload.length);
  bytes.set(payload, around);
  const view = new DataView(bytes.buffer);
  return { type, flags: 0, sequence: 1, start: around, end: bytes.length, view, bytes };
}

function datagram(payloads: readonly Uint8Array[], type: number): Uint8Array {
  const target = createSendBuffer(8_192);
  let end = 0;
  for (const payload of payloads) end = writeMessage(target, end, { type, payload }, 2, 1);
  return target.bytes.slice(0, end);
}

function replies(bytes: Uint8Array): unknown {
  const found: { reply: NetlinkReply; errno: number | undefined }[] = [];
  forEachMessage(bytes, (message) => void found.push({ reply: toReply(message), errno: verdict(message) }));
  return found;
}

function everything(attributes: Attributes, depth = 0): unknown {
  return attributes.list.map(({ type }) => {
    const value = [attributes.u8(type), attributes.u16(type), attributes.be16(type), attributes.u32(type)];
    const text = [attributes.be32(type), attributes.string(type)];
    if (depth > 3) return [value, text];
    try {
      const nested = attributes.nested(type);
      return [value, text, nested === undefined ? undefined : everything(nested, depth + 1)];
    } catch (error) {
      if (isRefusal(error)) return [value, text];
      throw error;
    }
  });
}

const socketSeeds = (): Uint8Array[] => Object.values(sockets).map(bytesOf);
const mine = addressWords('192.0.2.10');

function socketFacts(bytes: Uint8Array): unknown {
  const message = located(bytes, sockDiagByFamily);
  if (!isSocket(message)) return undefined;
  const ends = [localPort(message), peerPort(message), isLocalAddress(message, mine)];
  return [...ends, isPeerAddress(message, mine), isAnyAddress(message), acceptQueue(message)];
}

const closed: NftTable = {
  kind: 'closed-decapsulation',
  name: 'causeway',
  directors: ['10.0.0.1', '2001:db8:1::1'],
  vips: ['192.0.2.10', '2001:db8:a::10'],
  ports: [
    { address: '192.0.2.10', protocol: 'tcp', port: 80 },
    { address: '2001:db8:a::10', protocol: 'udp', port: 443 },
  ],
  devices: ['cw-gre', 'cw-ipip'],
  maxSegmentBytes: { ipv4: 1440, ipv6: 1400 },
};
const marks: NftTable = {
  kind: 'probe-marks',
  name: 'causeway',
  vips: ['192.0.2.10'],
  probePort: 7483,
  marks: [{ sourcePort: 20_001, mark: 0x4357_0001 }],
};

/** As nft lists what was loaded. */
function listing(table: NftTable): string {
  const objects = encodeNftTable(table)
    .slice(2)
    .map((command) => command.add);
  return JSON.stringify({ nftables: [{ metainfo: { version: '1.0.6' } }, ...objects] });
}

const filters = JSON.stringify({
  nftables: [
    {
      chain: {
        family: 'inet',
        table: 'fw',
        name: 'input',
        type: 'filter',
        hook: 'input',
        prio: 'raw',
        policy: 'drop',
      },
    },
    {
      rule: {
        ...{ family: 'inet', table: 'fw', chain: 'input' },
        expr: [
          { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } },
          {
            match: {
              op: '==',
              left: { payload: { protocol: 'tcp', field: 'dport' } },
              right: { set: [22, { range: [80, 90] }] },
            },
          },
          { match: { op: '!=', left: { meta: { key: 'iifname' } }, right: 'eth0' } },
          { jump: { target: 'other' } },
        ],
      },
    },
    {
      rule: {
        ...{ family: 'inet', table: 'fw', chain: 'input' },
        expr: [
          {
            match: {
              op: '==',
              left: { payload: { protocol: 'ip', field: 'saddr' } },
              right: { prefix: { addr: '10.0.0.0', len: 8 } },
            },
          },
          {
            vmap: {
              key: { meta: { key: 'l4proto' } },
              data: {
                set: [
                  ['tcp', { accept: null }],
                  ['udp', { drop: null }],
                ],
              },
            },
          },
        ],
      },
    },
  ],
});

const isListingRefusal = (error: unknown): boolean =>
  error instanceof CausewayError && error.code === 'unsupported';

export const kernelDecoders: readonly Decoder[] = [
  {
    name: 'netlink-datagram',
    about: 'messages of a datagram, and what an ERROR or DONE says',
    seeds: () => [
      datagram([serviceReply], 20),
      datagram([bytesOf(routes[0] ?? ''), new Uint8Array(4)], 3),
      datagram([new Uint8Array(20)], 2),
    ],
    decode: replies,
    isRefusal,
    // An empty message is a header of 16 bytes.
    itemsPerByte: 2,
  },
  {
    name: 'netlink-attributes',
    about: 'attributes in attributes, as every getter reads them',
    seeds: () => [...links, ...addresses, ...routes].map(bytesOf).map((bytes) => bytes.subarray(16)),
    decode: (bytes) => everything(parseAttributes(bytes)),
    isRefusal,
    itemsPerByte: 64,
  },
  {
    name: 'ipvs-service',
    about: 'a GET_SERVICE reply',
    seeds: () => [serviceReply],
    decode: (bytes) => decodeService(located(bytes, 20)),
    isRefusal,
  },
  {
    name: 'ipvs-destination',
    about: 'a GET_DEST reply',
    seeds: () => [gueDestinationReply, ipv6DestinationReply],
    decode: (bytes) => [
      decodeDestination(located(bytes, 20), 'ipv4'),
      decodeDestination(located(bytes, 20), 'ipv6'),
    ],
    isRefusal,
  },
  {
    name: 'fou-port',
    about: 'a receive port of a FOU_CMD_GET dump',
    seeds: () => [
      encodeGuePort('add', { address: '10.1.0.11', port: 6_080 }),
      encodeGuePort('add', { address: '2001:db8::b', port: 65_535 }),
    ],
    decode: parseFouPort,
    isRefusal,
  },
  {
    name: 'link',
    about: 'an RTM_NEWLINK message',
    seeds: () => links.map(bytesOf),
    decode: parseLink,
    isRefusal,
  },
  {
    name: 'address',
    about: 'an RTM_NEWADDR message',
    seeds: () => addresses.map(bytesOf),
    decode: parseAddressMessage,
    isRefusal,
  },
  {
    name: 'route',
    about: 'an RTM_NEWROUTE message',
    seeds: () => routes.map(bytesOf),
    decode: (bytes) => [routeTableOf(bytes), routeTypeOf(bytes), parseRoute(bytes)],
    isRefusal,
  },
  {
    name: 'rule',
    about: 'an RTM_NEWRULE message',
    seeds: () => [
      encodeRule({ family: 'ipv4', priority: 100, table: 7_477, from: '192.0.2.10/32' }),
      encodeRule({ family: 'ipv6', priority: 1, table: 300, notIncoming: 'cw-ipip' }),
    ],
    decode: parseRule,
    isRefusal,
  },
  {
    name: 'sock-diag',
    about: 'a socket of a dump',
    seeds: socketSeeds,
    decode: socketFacts,
    isRefusal: never,
  },
  {
    name: 'nft-table',
    about: "nft's listing of a table of ours",
    format: 'json',
    seeds: () => [closed, marks].map(listing).map(utf8),
    decode: (bytes) => decodeNftTable('causeway', parseListing('list', 'causeway', text(bytes))),
    isRefusal: isListingRefusal,
  },
  {
    name: 'nft-filters',
    about: "nft's listing of chains and rules of others",
    format: 'json',
    seeds: () => [utf8(filters)],
    decode(bytes) {
      const listed = parseListing('list', 'fw', text(bytes));
      return [filterTables(listed, ['causeway']), decodeFilters(listed, 1_000)];
    },
    isRefusal: isListingRefusal,
    // An entry of a map of verdicts is a rule with all that was asked before it.
    itemsPerByte: 64,
  },
  {
    name: 'proc',
    about: '/proc/stat and /proc/net/sockstat',
    format: 'text',
    seeds: () => [
      utf8(
        'cpu  10132153 290696 3084719 46828483 16683 0 25195 0 175628 0\ncpu0 1393280 32966 572056\nintr 1\n',
      ),
      utf8('sockets: used 290\nTCP: inuse 4 orphan 0 tw 0 alloc 10 mem 1\nUDP: inuse 1 mem 0\n'),
    ],
    tokens: ['cpu ', 'TCP: inuse ', '\n', ' ', '-1', '99999999999999999999', 'NaN', '1e9'],
    decode: (bytes) => [parseCpuTimes(text(bytes)), parseInUse(text(bytes))],
    isRefusal: never,
  },
];
