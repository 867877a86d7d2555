/** How a policy routing rule is written and read over rtnetlink (linux/fib_rules.h). */

import type { Family } from '../../domain/address.ts';
import type { Rule } from '../../domain/host-state.ts';
import {
  attribute,
  concatBytes,
  parseAttributes,
  stringAttribute,
  u8Attribute,
  u32Attribute,
} from '../netlink/attribute.ts';
import {
  addressFamily,
  familyOfNumber,
  formatPrefix,
  parsePrefix,
  routeProtocolKernel,
} from './rtnetlink.ts';

/** FRA_*. */
const fra = {
  destination: 1,
  source: 2,
  incoming: 3,
  priority: 6,
  mark: 10,
  suppressPrefixLength: 14,
  table: 15,
  markMask: 16,
  outgoing: 17,
  tunnelId: 12,
  userRange: 20,
  protocol: 21,
  ipProtocol: 22,
  sourcePort: 23,
  destinationPort: 24,
} as const;

/** FR_ACT_TO_TBL, FIB_RULE_INVERT. */
const toTable = 1;
const invert = 0x2;

/** What a rule of ours never has: with one of these it matches less than it seems. */
const foreignSelectors = [
  fra.destination,
  fra.mark,
  fra.outgoing,
  fra.tunnelId,
  fra.userRange,
  fra.ipProtocol,
  fra.sourcePort,
  fra.destinationPort,
];

/** Every rule carries this attribute; this value lets any route of the table count. */
const suppressNothing = 0xffff_ffff;

const headerLength = 12;

/** RTM_NEWRULE, and RTM_DELRULE of the same. */
export function encodeRule(rule: Rule): Uint8Array {
  const from = rule.from === undefined ? undefined : parsePrefix(rule.from, rule.family);
  const header = new Uint8Array(headerLength);
  header[0] = addressFamily[rule.family];
  header[2] = from?.length ?? 0;
  header[4] = rule.table < 256 ? rule.table : 0;
  header[7] = toTable;
  new DataView(header.buffer).setUint32(8, rule.notIncoming === undefined ? 0 : invert, true);
  const parts = [
    header,
    u32Attribute(fra.priority, rule.priority),
    u32Attribute(fra.table, rule.table),
    u8Attribute(fra.protocol, routeProtocolKernel),
  ];
  if (from !== undefined) parts.push(attribute(fra.source, from.bytes));
  if (rule.notIncoming !== undefined) parts.push(stringAttribute(fra.incoming, rule.notIncoming));
  // Without a mark beside it: of 0.
  if (rule.unmarked !== undefined) parts.push(u32Attribute(fra.markMask, rule.unmarked));
  return concatBytes(parts);
}

/** RTM_GETRULE of all rules of a family. */
export function encodeRuleDump(family: Family): Uint8Array {
  const header = new Uint8Array(headerLength);
  header[0] = addressFamily[family];
  return header;
}

/** Rule of an RTM_NEWRULE message, or undefined where it is none that Causeway could have made. */
export function parseRule(payload: Uint8Array): Rule | undefined {
  const family = familyOfNumber(payload[0]);
  if (family === undefined || payload[7] !== toTable || (payload[1] ?? 0) !== 0) return undefined;
  const attributes = parseAttributes(payload, headerLength);
  const suppressed = attributes.u32(fra.suppressPrefixLength) ?? suppressNothing;
  if ((payload[3] ?? 0) !== 0 || suppressed !== suppressNothing) return undefined;
  if (foreignSelectors.some((selector) => attributes.has(selector))) return undefined;
  const inverted = (new DataView(payload.buffer, payload.byteOffset).getUint32(8, true) & invert) !== 0;
  const incoming = attributes.string(fra.incoming);
  // Inversion turns the whole rule; of ours only those with nothing but an interface are.
  if (inverted !== (incoming !== undefined)) return undefined;
  const source = attributes.bytes(fra.source);
  // Of a mark of 0 the kernel tells the mask alone.
  const unmarked = attributes.u32(fra.markMask) ?? 0;
  return {
    family,
    priority: attributes.u32(fra.priority) ?? 0,
    table: attributes.u32(fra.table) ?? payload[4] ?? 0,
    ...(source === undefined ? {} : { from: formatPrefix(source, payload[2] ?? 0) }),
    ...(incoming === undefined ? {} : { notIncoming: incoming }),
    ...(unmarked === 0 ? {} : { unmarked }),
  };
}
