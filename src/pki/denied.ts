/** The list of certificates that are believed no more: as a file, as what is judged by it, and how whoever reads it knows that it is the CA's. */
import { createPrivateKey, sign, verify, type X509Certificate } from 'node:crypto';
import type { Denial } from '../domain/denial.ts';
import { CausewayError } from '../domain/error.ts';
import { identityUri, parseIdentity } from '../domain/identity.ts';
import { type CertificateFacts, canonicalSerial, timeText } from './certificate.ts';

/** Judges certificates; what it goes by may become more. */
export interface Denied {
  /** Why that one is believed no more; undefined: nothing is known against it. */
  against(facts: CertificateFacts): string | undefined;
}

export const noneDenied: Denied = { against: () => undefined };

export function deniedBy(denials: Iterable<Denial>): Denied {
  const serials = new Set<string>();
  const identities = new Map<string, number>();
  for (const { subject, beforeMs } of denials) {
    if (beforeMs === 0) serials.add(subject);
    else identities.set(subject, Math.max(beforeMs, identities.get(subject) ?? 0));
  }
  return {
    against({ serial, issuer, identity, sinceMs }) {
      if (serials.has(serial)) return `its certificate ${serial} is denied`;
      if (issuer !== undefined && serials.has(issuer))
        return `the issuer ${issuer} of its certificate is denied`;
      const beforeMs = identities.size === 0 ? undefined : identities.get(identityUri(identity));
      if (beforeMs === undefined || sinceMs >= beforeMs) return undefined;
      return `what was made for ${identityUri(identity)} before ${timeText(beforeMs)} is denied`;
    },
  };
}

/** By a list that is always the newest one. */
export function deniedByLatest(denials: () => readonly Denial[]): Denied {
  let known: { readonly list: readonly Denial[]; readonly denied: Denied } | undefined;
  return {
    against(facts) {
      const list = denials();
      if (known?.list !== list) known = { list, denied: deniedBy(list) };
      return known.denied.against(facts);
    },
  };
}

export function eitherDenied(a: Denied, b: Denied): Denied {
  return { against: (facts) => a.against(facts) ?? b.against(facts) };
}

const heading = `# Certificates that are believed no more: by serial number, or all that were made for somebody before a time.
# Made by causeway pki deny; causeway pki push brings it to the coordinators.
`;
/** 20 bytes, RFC 5280 section 4.1.2.2. */
const serialPattern = /^[0-9a-f]{1,40}$/i;

export function denialsText(denials: readonly Denial[]): string {
  return `${heading}${denials.map((one) => `${lineOf(one)}\n`).join('')}`;
}

function lineOf({ subject, beforeMs, endsMs, signature, words }: Denial): string {
  const parts = [
    subject,
    ...(beforeMs === 0 ? [] : [`before=${timeText(beforeMs)}`]),
    ...(endsMs === 0 ? [] : [`ends=${timeText(endsMs)}`]),
    ...(signature === '' ? [] : [`signature=${signature}`]),
    words.replace(/\s+/g, ' ').trim(),
  ];
  return parts.join(' ').trim();
}

/** Throws `invalid` with the line that is none: a list that is read in part would believe too many. */
export function parseDenials(text: string, file: string): Denial[] {
  const denials: Denial[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) continue;
    const place = `${file}:${index + 1}`;
    denials.push(parseLine(bare, place));
  }
  return denials;
}

function parseLine(line: string, place: string): Denial {
  const words = line.split(/\s+/);
  const subject = subjectOf(words.shift() ?? '', place);
  const given = { before: '', ends: '', signature: '' };
  for (let word = words[0]; word !== undefined; word = words[0]) {
    const [, key = '', value = ''] = /^(before|ends|signature)=(\S+)$/.exec(word) ?? [];
    // Each stands there once: what comes after is words.
    if (!(key in given) || given[key as keyof typeof given] !== '') break;
    given[key as keyof typeof given] = value;
    words.shift();
  }
  const beforeMs = timeOf(given.before, 'before', place);
  const isIdentity = subject.includes('://');
  if (isIdentity && beforeMs === 0)
    throw badLine(place, 'no time behind it', 'before=TIME, such as before=2026-05-01T10:00:00Z');
  if (!isIdentity && beforeMs !== 0)
    throw badLine(place, 'before= behind a serial number', 'it behind an identity alone');
  return {
    subject,
    beforeMs,
    endsMs: timeOf(given.ends, 'ends', place),
    signature: given.signature,
    words: words.join(' '),
  };
}

function subjectOf(word: string, place: string): string {
  if (serialPattern.test(word)) return canonicalSerial(word);
  const found = JSON.stringify(word.slice(0, 60));
  if (!word.includes('://')) throw badLine(place, found, 'a serial number in hexadecimal, or an identity');
  try {
    return identityUri(parseIdentity(word));
  } catch {
    throw badLine(place, found, 'an identity, such as spiffe://causeway.example/director/fra/fra-d1');
  }
}

function timeOf(text: string, key: string, place: string): number {
  if (text === '') return 0;
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  if (ms > 0) return ms;
  throw badLine(place, `${key}=${text.slice(0, 60)}`, `${key}=TIME, such as ${key}=2026-05-01T10:00:00Z`);
}

function badLine(subject: string, found: string, expected: string): CausewayError {
  return new CausewayError({
    code: 'invalid',
    operation: 'read denied certificates',
    subject,
    message: `found ${found}, expected ${expected}`,
  });
}

/** Whole seconds, as a line has it: what is signed is what can be read again. `key`: the CA's, in PEM. */
export function signedDenial(denial: Omit<Denial, 'signature'>, key: string): Denial {
  const signature = sign('sha256', spelling(denial), {
    key: createPrivateKey(key),
    dsaEncoding: 'ieee-p1363',
  });
  return { ...denial, signature: signature.toString('base64url') };
}

/** Whether one of these CAs says so. */
export function isSigned(denial: Denial, authorities: readonly X509Certificate[]): boolean {
  const signature = Buffer.from(denial.signature, 'base64url');
  return authorities.some(({ publicKey: key }) => {
    try {
      return verify('sha256', spelling(denial), { key, dsaEncoding: 'ieee-p1363' }, signature);
    } catch {
      // A CA with another kind of key has signed none.
      return false;
    }
  });
}

/** No certificate begins like this, so that nothing that the key has signed passes for another thing. */
function spelling({ subject, beforeMs, endsMs }: Omit<Denial, 'signature'>): Buffer {
  return Buffer.from(`causeway denial\n${subject}\n${timeText(beforeMs)}\n${timeText(endsMs)}\n`);
}
