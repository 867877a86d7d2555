/** How the ledger is written as text, and when a text is one. */
import * as z from 'zod';
import { protocols } from '../domain/ipvs-table.ts';
import { linkTypeNames } from '../domain/tunnel.ts';
import type { LedgerEntry, MakingOperation } from './ledger-entries.ts';

/** Grows when an older Causeway could not read what a newer one writes. */
const ledgerFormat = 1;

export interface LedgerContent {
  readonly entries: readonly LedgerEntry[];
  /** VIPs whose IPVS services are ours. */
  readonly vips: readonly string[];
}

const family = z.enum(['ipv4', 'ipv6']);
const number = z.int().min(0).max(0xffff_ffff);

const link = z.object({
  name: z.string(),
  type: z.enum(linkTypeNames),
  external: z.boolean(),
  local: z.string().exactOptional(),
  remote: z.string().exactOptional(),
  up: z.boolean(),
});

const address = z.object({
  link: z.string(),
  address: z.string(),
  prefixLength: number,
  preferredLifetimeSeconds: z.literal(0).exactOptional(),
  scope: z.literal('link').exactOptional(),
});

const route = z.object({
  family,
  table: number,
  type: z.enum(['unicast', 'local']),
  destination: z.string(),
  gateway: z.string().exactOptional(),
  link: z.string().exactOptional(),
  advertisedMss: number.exactOptional(),
  mtuBytes: number.exactOptional(),
  addressPrefixLength: number.exactOptional(),
});

const rule = z.object({
  family,
  priority: number,
  table: number,
  from: z.string().exactOptional(),
  notIncoming: z.string().exactOptional(),
  unmarked: number.exactOptional(),
});

const vipPort = {
  address: z.string(),
  protocol: z.enum(protocols),
  port: number,
  lastPort: number.exactOptional(),
};

const table = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('closed-decapsulation'),
    name: z.string(),
    directors: z.array(z.string()),
    vips: z.array(z.string()),
    // Until 0.1 every port was let in.
    ports: z.array(z.object(vipPort)).default([]),
    devices: z.array(z.string()),
    guePorts: z.array(number).exactOptional(),
    maxSegmentBytes: z.object({ ipv4: number.exactOptional(), ipv6: number.exactOptional() }).exactOptional(),
  }),
  z.object({
    kind: z.literal('probe-marks'),
    name: z.string(),
    vips: z.array(z.string()),
    probePort: number,
    marks: z.array(z.object({ sourcePort: number, mark: number })),
    services: z.array(z.object({ ...vipPort, mark: number })).exactOptional(),
  }),
]);

const operation = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('add-link'), link }),
  z.object({ kind: z.literal('add-address'), address }),
  z.object({ kind: z.literal('replace-route'), route }),
  z.object({ kind: z.literal('withdraw-route'), route }),
  z.object({ kind: z.literal('add-rule'), rule }),
  z.object({
    kind: z.literal('set-sysctl'),
    sysctl: z.object({ name: z.string(), value: z.string() }),
    previous: z.string(),
  }),
  z.object({ kind: z.literal('load-nft'), table }),
  z.object({ kind: z.literal('add-gue-port'), guePort: z.object({ address: z.string(), port: number }) }),
]) satisfies z.ZodType<MakingOperation>;

const content = z.object({
  format: z.literal(ledgerFormat),
  entries: z.array(z.object({ operation, done: z.boolean(), earlier: z.array(z.string()).exactOptional() })),
  vips: z.array(z.string()),
});

export type LedgerParse =
  | { readonly ok: true; readonly content: LedgerContent }
  /** `found` says what is wrong with the text. */
  | { readonly ok: false; readonly found: string };

export function parseLedger(text: string): LedgerParse {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, found: text.trim() === '' ? 'the file is empty' : 'it is not JSON' };
  }
  const format = z.object({ format: z.number() }).safeParse(value);
  if (format.success && format.data.format > ledgerFormat) {
    const found = `it has format ${format.data.format}; this Causeway knows formats up to ${ledgerFormat}`;
    return { ok: false, found };
  }
  const parsed = content.safeParse(value);
  if (parsed.success) return { ok: true, content: parsed.data };
  const issue = parsed.error.issues[0];
  return { ok: false, found: `at ${issue?.path.join('.') || 'the top'}: ${issue?.message ?? 'malformed'}` };
}

/** One entry a line, so that people can read and compare it. */
export function formatLedger({ entries, vips }: LedgerContent): string {
  const lines = entries.map((entry) => `\n  ${JSON.stringify(entry)}`);
  return `{"format":${ledgerFormat},\n"vips":${JSON.stringify(vips)},\n"entries":[${lines.join(',')}\n]}\n`;
}
