// Byte vectors as people read them: hexadecimal digits, blanks anywhere.

export function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The same digits without blanks, to compare with `hexOf`. */
export function compact(hex: string): string {
  return hex.replaceAll(/\s/g, '');
}
