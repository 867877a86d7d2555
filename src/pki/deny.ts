/** What is denied by an operator's word, and what whoever judges certificates is told of it. Pure. */
import type { Denial } from '../domain/denial.ts';
import { CausewayError } from '../domain/error.ts';
import { type Identity, identityUri } from '../domain/identity.ts';
import { canonicalSerial } from './certificate.ts';
import { leewayMs, notForIssuers } from './lives.ts';
import { type DeniedIdentity, type Issued, issuerUri, type PkiRecord } from './record.ts';

export type Denying = Identity | { readonly serial: string } | { readonly issuer: string };

/** Throws `not-found` where there can be none that is still good. */
export function denyInRecord(
  record: PkiRecord,
  { who, reason, nowMs }: { readonly who: Denying; readonly reason: string; readonly nowMs: number },
): { readonly next: PkiRecord; readonly denied: readonly Issued[] } {
  const isMeant = meantBy(who, record.domain);
  const isGood = (one: Issued): boolean => one.denied === undefined && nowMs < one.notAfterMs;
  const denied = [...record.certificates, ...record.issuers].filter((one) => isMeant(one) && isGood(one));
  const identity = 'role' in who ? deniedIdentity(record, denied, { who, reason, nowMs }) : undefined;
  if (denied.length === 0 && identity === undefined)
    throw new CausewayError({
      code: 'not-found',
      operation: 'use the CA',
      subject: 'role' in who ? identityUri(who) : 'serial' in who ? who.serial : `issuer/${who.issuer}`,
      message: 'there is no certificate of it that is still good',
    });
  const mark = (one: Issued): Issued =>
    denied.includes(one) ? { ...one, denied: { atMs: nowMs, reason } } : one;
  const others = record.denials.filter((one) => one.identity !== identity?.identity);
  return {
    denied,
    next: {
      ...record,
      certificates: record.certificates.map(mark),
      issuers: record.issuers.map(mark),
      denials: identity === undefined ? record.denials : [...others, identity],
    },
  };
}

function meantBy(who: Denying, domain: string): (one: Issued) => boolean {
  if ('serial' in who) {
    const serial = canonicalSerial(who.serial);
    return (one) => one.serial === serial;
  }
  const uri = 'issuer' in who ? issuerUri(domain, who.issuer) : identityUri(who);
  return (one) => one.identity === uri;
}

/** Undefined where nothing of that identity can be good: neither what the CA has made, nor what issuers have made of it since. */
function deniedIdentity(
  { issuers }: PkiRecord,
  denied: readonly Issued[],
  { who, reason, nowMs }: { readonly who: Identity; readonly reason: string; readonly nowMs: number },
): DeniedIdentity | undefined {
  const isRenewed = notForIssuers(who.role, { notBeforeMs: 0, notAfterMs: 0 }) === undefined;
  const ends = [...denied, ...(isRenewed ? issuers : [])].map(({ notAfterMs }) => notAfterMs);
  const endsMs = Math.max(0, ...ends);
  if (endsMs <= nowMs) return undefined;
  return {
    identity: identityUri(who),
    // Dates in certificates are whole seconds; all that were made by now have begun before this one.
    beforeMs: Math.floor((nowMs - leewayMs) / 1_000) * 1_000 + 1_000,
    endsMs,
    atMs: nowMs,
    reason,
  };
}

/** Whatever could still be good. */
export function denialsOf(record: PkiRecord, nowMs: number): Omit<Denial, 'signature'>[] {
  const byIdentity = new Map(record.denials.map((one) => [one.identity, one]));
  const isCovered = ({ identity, notBeforeMs }: Issued): boolean =>
    notBeforeMs < (byIdentity.get(identity)?.beforeMs ?? 0);
  const bySerial = [...record.issuers, ...record.certificates].filter(
    (one) => one.denied !== undefined && nowMs < one.notAfterMs && !isCovered(one),
  );
  return [
    ...record.denials
      .filter(({ endsMs }) => nowMs < endsMs)
      .map(({ identity: subject, beforeMs, endsMs, atMs, reason }) => ({
        ...{ subject, beforeMs, endsMs: wholeSeconds(endsMs) },
        words: `denied ${dayText(atMs)}: ${reason}`,
      })),
    ...bySerial.map(({ serial, identity, notAfterMs, denied }) => ({
      ...{ subject: serial, beforeMs: 0, endsMs: wholeSeconds(notAfterMs) },
      words: `${identity}, denied ${dayText(denied?.atMs ?? 0)}: ${denied?.reason ?? ''}`,
    })),
  ];
}

function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
