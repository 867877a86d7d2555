/** Serial numbers of certificates. */

/** 16 random bytes in hexadecimal; positive and never zero, as RFC 5280 section 4.1.2.2 wants. */
export function newSerial(randomBytes: (size: number) => Uint8Array): string {
  const bytes = Buffer.from(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
