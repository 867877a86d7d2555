/** What the CA keeps of each certificate it has made: who it is for, until when, and whether it is denied. */
import * as z from 'zod';
import { CausewayError, messageOf } from '../domain/error.ts';
import { parseIdentity } from '../domain/identity.ts';
import { isDue } from './certificate.ts';

const issued = z.strictObject({
  /** Hexadecimal, as `canonicalSerial` has it. */
  serial: z.string().regex(/^[0-9a-f]{1,40}$/),
  identity: z.string(),
  notBeforeMs: z.int(),
  notAfterMs: z.int(),
  denied: z.strictObject({ atMs: z.int(), reason: z.string() }).optional(),
});

const shape = z.strictObject({
  domain: z.string(),
  certificates: z.array(issued),
  issuers: z.array(issued).default([]),
  denials: z
    .array(
      z.strictObject({
        identity: z.string(),
        beforeMs: z.int(),
        endsMs: z.int(),
        atMs: z.int(),
        reason: z.string(),
      }),
    )
    .default([]),
});

export type Issued = Readonly<z.infer<typeof issued>>;

export interface PkiRecord {
  readonly domain: string;
  /** In the order in which they were made. */
  readonly certificates: readonly Issued[];
  /** CAs below it, likewise; their identities are as `issuerUri` makes them. */
  readonly issuers: readonly Issued[];
  /** Of all that somebody had, by his identity: what issuers renew of it is not in this record. */
  readonly denials: readonly DeniedIdentity[];
}

export interface DeniedIdentity {
  readonly identity: string;
  /** What the CA began before this. */
  readonly beforeMs: number;
  /** From then on there is none left. */
  readonly endsMs: number;
  readonly atMs: number;
  readonly reason: string;
}

const issuerWord = 'issuer/';

/** What an issuer is called in the record and in lists; no certificate has it as its URI. */
export function issuerUri(domain: string, name: string): string {
  return `spiffe://${domain}/${issuerWord}${name}`;
}

/** Undefined where it is no issuer's. */
export function issuerNamed(path: string): string | undefined {
  return path.startsWith(issuerWord) ? path.slice(issuerWord.length) : undefined;
}

/** Of whatever the CA has made, without the domain. */
export function pathOf({ domain }: PkiRecord, { identity }: Issued): string {
  return identity.slice(`spiffe://${domain}/`.length);
}

export function recordText(record: PkiRecord): string {
  return `${JSON.stringify(record, undefined, 1)}\n`;
}

/** Throws `invalid` for what is no record of ours. */
export function parseRecord(text: string, file: string): PkiRecord {
  try {
    const record = shape.parse(JSON.parse(text));
    for (const { identity } of record.certificates) parseIdentity(identity);
    return record;
  } catch (error) {
    const message =
      error instanceof z.ZodError ? z.prettifyError(error).replace(/\s*\n\s*/g, ' ') : messageOf(error);
    throw new CausewayError({
      code: 'invalid',
      operation: 'read the record of certificates',
      subject: file,
      message,
      cause: error,
    });
  }
}

export const certificateStates = ['valid', 'due', 'expired', 'denied', 'replaced'] as const;
export type CertificateState = (typeof certificateStates)[number];

/** `replaced`: still good, but there is a newer one of the same identity. */
export function stateOf(record: PkiRecord, one: Issued, nowMs: number): CertificateState {
  if (one.denied !== undefined) return 'denied';
  if (nowMs >= one.notAfterMs) return 'expired';
  if (newestOf(record, one.identity) !== one) return 'replaced';
  return isDue(one, nowMs) ? 'due' : 'valid';
}

export function newestOf({ certificates, issuers }: PkiRecord, uri: string): Issued | undefined {
  const isMeant = (one: Issued): boolean => one.identity === uri;
  return certificates.findLast(isMeant) ?? issuers.findLast(isMeant);
}

/** The newest of that identity that is still good. */
export function currentOf(record: PkiRecord, uri: string, nowMs: number): Issued | undefined {
  const newest = newestOf(record, uri);
  const state = newest === undefined ? 'expired' : stateOf(record, newest, nowMs);
  return state === 'valid' || state === 'due' ? newest : undefined;
}

/** Expired ones are told for so long, then forgotten: the record stays as small as the fleet. */
const rememberedMs = 30 * 24 * 3_600_000;

export function withoutOld(record: PkiRecord, nowMs: number): PkiRecord {
  const isRecent = ({ notAfterMs }: Issued): boolean => nowMs < notAfterMs + rememberedMs;
  return {
    ...record,
    certificates: record.certificates.filter(isRecent),
    issuers: record.issuers.filter(isRecent),
    denials: record.denials.filter(({ endsMs }) => nowMs < endsMs),
  };
}
