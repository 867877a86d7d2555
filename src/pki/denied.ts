/** The list of certificates that are believed no more, though their time is not over: one a line, by serial number. */
import { CausewayError } from '../domain/error.ts';
import { canonicalSerial } from './certificate.ts';

export interface Denied {
  /** Hexadecimal, as `canonicalSerial` has it. */
  readonly serial: string;
  /** For people. */
  readonly words: string;
}

const heading = '# Certificates that are believed no more, by serial number. Made by causeway pki deny.\n';
/** 20 bytes, RFC 5280 section 4.1.2.2. */
const linePattern = /^([0-9a-f]{1,40})(?:\s+(.*))?$/i;

export function deniedText(entries: readonly Denied[]): string {
  return `${heading}${entries.map(({ serial, words }) => `${serial} ${words}\n`).join('')}`;
}

/** Serials. Throws `invalid` with the line that is none: a list that is read in part would believe too many. */
export function parseDenied(text: string, file: string): ReadonlySet<string> {
  const serials = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) continue;
    const serial = linePattern.exec(bare)?.[1];
    if (serial === undefined) {
      throw new CausewayError({
        code: 'invalid',
        operation: 'read denied certificates',
        subject: `${file}:${index + 1}`,
        message: `found ${JSON.stringify(bare.slice(0, 60))}, expected a serial number in hexadecimal`,
      });
    }
    serials.add(canonicalSerial(serial));
  }
  return serials;
}
