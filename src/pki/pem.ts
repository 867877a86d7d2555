/** What is in a text of PEM (RFC 7468). */

/** Each with its lines, in their order. */
export function certificatesIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
}

/** Of whatever kind, not encrypted; undefined: there is none. */
export function keyIn(text: string): string | undefined {
  return /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----[\s\S]*?-----END (?:EC |RSA )?PRIVATE KEY-----/.exec(
    text,
  )?.[0];
}
