/** A small CA in a folder: what it has made, for whom, and what of it is denied. It needs no network, and nobody needs it to be up. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CausewayError, messageOf } from '../domain/error.ts';
import { checkDomain, type Identity, identityPath, identityUri, parseIdentity } from '../domain/identity.ts';
import { replaceFile } from '../runtime/durable-file.ts';
import { lockStateDir } from '../runtime/state-lock.ts';
import { canonicalSerial } from './certificate.ts';
import { denialsText, signedDenial } from './denied.ts';
import { type Denying, denialsOf, denyInRecord } from './deny.ts';
import { dayMs, leewayMs, lifeDays } from './lives.ts';
import {
  type Issued,
  issuerNamed,
  issuerUri,
  newestOf,
  type PkiRecord,
  parseRecord,
  pathOf,
  recordText,
  stateOf,
  withoutOld,
} from './record.ts';
import { newSerial } from './serial.ts';
import { type KeyPair, makeAuthority, makeIssuer, signLeaf } from './sign.ts';

export interface PkiWorld {
  readonly nowMs: number;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface Authority {
  readonly folder: string;
  readonly record: PkiRecord;
  /** Makes a key and a certificate for each; what was issued before stays good until its end. `days` undefined: as usual for the role. */
  issue(identities: readonly Identity[], days: number | undefined): Promise<readonly Issued[]>;
  /** Makes a CA below it, for coordinators to renew by; as `issue`. */
  issueIssuer(name: string, days: number | undefined): Promise<Issued>;
  /** All that is due, issuers too, or these, each for as long as its last one. */
  renew(identities: readonly Identity[] | undefined): Promise<readonly Issued[]>;
  /**
   * All that was made for somebody so far, and whatever was renewed of it; or the one of that serial number; or an issuer, by its name or
   * serial number, with all that it has signed. Those of the record that would be good otherwise. `not-found` where there can be none.
   */
  deny(who: Denying, reason: string): Promise<readonly Issued[]>;
  /** What is in the folder. */
  read(file: string): string;
  close(): void;
}

const recordFile = 'record.json';
export const caFile = 'ca.pem';
const caKeyFile = 'ca.key';
export const deniedFile = 'denied';

/** Where key and certificate of an identity stand in the folder. */
export function filesOf(identity: Identity): { readonly cert: string; readonly key: string } {
  const path = join('certificates', identityPath(identity));
  return { cert: join(path, 'cert.pem'), key: join(path, 'key.pem') };
}

/** Where an issuer stands in the folder: certificate and key in one file, which coordinators take as it is. */
export function issuerFile(name: string): string {
  return join('issuers', `${name}.pem`);
}

const issuerNamePattern = /^[a-z0-9]([a-z0-9.-]{0,38}[a-z0-9])?$/;

/** Throws `invalid`, and `conflict` where there is one already: its key could not be had back. */
export async function initAuthority(
  folder: string,
  { domain, days }: { readonly domain: string; readonly days: number },
  { nowMs, randomBytes }: PkiWorld,
): Promise<void> {
  checkDomain(domain);
  if (!Number.isInteger(days) || days < 1 || days > 7_300)
    throw authorityError('invalid', folder, `found a life of ${days} days, expected 1 to 7300`);
  const lock = lockStateDir(folder, 'causeway pki');
  try {
    if (existsSync(join(folder, caKeyFile)))
      throw authorityError('conflict', folder, 'there is a CA already: name another folder with --dir');
    const validity = { notBeforeMs: nowMs - leewayMs, notAfterMs: nowMs + days * dayMs };
    const { cert, key } = await makeAuthority(domain, newSerial(randomBytes), validity);
    await replaceFile(join(folder, deniedFile), denialsText([]));
    await replaceFile(
      join(folder, recordFile),
      recordText({ domain, certificates: [], issuers: [], denials: [] }),
    );
    await replaceFile(join(folder, caFile), cert);
    // Last: without it there is no CA yet, and init may be run again.
    await replaceFile(join(folder, caKeyFile), key);
  } finally {
    lock.release();
  }
}

/** Nobody else may write in it until it is closed. Throws `not-found`, `conflict`, `invalid`. */
export function openAuthority(folder: string, world: PkiWorld): Authority {
  if (!existsSync(join(folder, caKeyFile)))
    throw authorityError(
      'not-found',
      folder,
      'no CA is there: make one with causeway pki init, or name its folder with --dir',
    );
  const lock = lockStateDir(folder, 'causeway pki');
  try {
    const record = parseRecord(read(recordFile), join(folder, recordFile));
    return authority(folder, record, world, read, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }

  function read(file: string): string {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch (error) {
      throw authorityError('not-found', join(folder, file), messageOf(error));
    }
  }
}

function authority(
  folder: string,
  initial: PkiRecord,
  { nowMs, randomBytes }: PkiWorld,
  read: (file: string) => string,
  close: () => void,
): Authority {
  let record = initial;
  const pair = (): KeyPair => ({ cert: read(caFile), key: read(caKeyFile) });

  /** The record first: a certificate that it did not know could not be denied. */
  async function make(identity: Identity, days: number): Promise<Issued> {
    if (identity.domain !== record.domain)
      throw authorityError('invalid', identityUri(identity), `this CA is for the domain ${record.domain}`);
    const uri = identityUri(identity);
    const denied = record.denials.filter((one) => one.identity === uri).map(({ beforeMs }) => beforeMs);
    const validity = {
      // One that was made in the second in which another was denied is another one.
      notBeforeMs: Math.max(nowMs - leewayMs, ...denied),
      notAfterMs: nowMs + days * dayMs,
    };
    const serial = newSerial(randomBytes);
    const made = await signLeaf(pair(), identity, serial, validity);
    const one: Issued = { serial: canonicalSerial(serial), identity: uri, ...validity };
    await keep({ ...record, certificates: [...record.certificates, one] });
    const files = filesOf(identity);
    mkdirSync(join(folder, 'certificates', identityPath(identity)), { recursive: true, mode: 0o700 });
    await replaceFile(join(folder, files.key), made.key);
    await replaceFile(join(folder, files.cert), made.cert);
    return one;
  }

  async function makeAnIssuer(name: string, days: number): Promise<Issued> {
    const { domain } = record;
    const validity = { notBeforeMs: nowMs - leewayMs, notAfterMs: nowMs + days * dayMs };
    const serial = newSerial(randomBytes);
    const made = await makeIssuer(pair(), { domain, name }, serial, validity);
    const one: Issued = { serial: canonicalSerial(serial), identity: issuerUri(domain, name), ...validity };
    await keep({ ...record, issuers: [...record.issuers, one] });
    mkdirSync(join(folder, 'issuers'), { recursive: true, mode: 0o700 });
    await replaceFile(join(folder, issuerFile(name)), `${made.cert}${made.key}`);
    return one;
  }

  async function makeAll(wanted: readonly { identity: Identity; days: number }[]): Promise<Issued[]> {
    const made: Issued[] = [];
    for (const { identity, days } of wanted) made.push(await make(identity, days));
    return made;
  }

  async function keep(next: PkiRecord): Promise<void> {
    record = withoutOld(next, nowMs);
    await replaceFile(join(folder, recordFile), recordText(record));
  }

  function lastDays(uri: string): number | undefined {
    const last = newestOf(record, uri);
    return last && Math.round((last.notAfterMs - last.notBeforeMs - leewayMs) / dayMs);
  }

  return {
    folder,
    get record() {
      return record;
    },
    read,
    close,
    // All lives are looked at before the first is made.
    issue: (identities, days) =>
      makeAll(identities.map((identity) => ({ identity, days: lifeDays(identity.role, days) }))),
    async issueIssuer(name, days) {
      if (!issuerNamePattern.test(name))
        throw authorityError(
          'invalid',
          name,
          'found no name of an issuer, expected at most 40 small letters, digits, "-" and "."',
        );
      return makeAnIssuer(name, lifeDays('issuer', days));
    },
    async renew(identities) {
      const isDue = (one: Issued): boolean => stateOf(record, one, nowMs) === 'due';
      const issuers = identities === undefined ? record.issuers.filter(isDue) : [];
      const wanted =
        identities ?? record.certificates.filter(isDue).map((one) => parseIdentity(one.identity));
      const renewed = await makeAll(
        wanted.map((identity) => ({
          identity,
          days: lifeDays(identity.role, lastDays(identityUri(identity))),
        })),
      );
      for (const one of issuers) {
        const name = issuerNamed(pathOf(record, one)) ?? '';
        renewed.push(await makeAnIssuer(name, lifeDays('issuer', lastDays(one.identity))));
      }
      return renewed;
    },
    async deny(who, reason) {
      const { next, denied } = denyInRecord(record, { who, reason, nowMs });
      await keep(next);
      const denials = denialsOf(record, nowMs).map((one) => signedDenial(one, read(caKeyFile)));
      await replaceFile(join(folder, deniedFile), denialsText(denials));
      return denied;
    },
  };
}

function authorityError(
  code: 'invalid' | 'conflict' | 'not-found',
  subject: string,
  message: string,
): CausewayError {
  return new CausewayError({ code, operation: 'use the CA', subject, message });
}
