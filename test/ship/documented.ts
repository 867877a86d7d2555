/** What documents have people type. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The blocks of shell of docs/security.md, "In five minutes", in their order. */
export function fiveMinutes(): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');
  const section = page.slice(page.indexOf('## In five minutes'), page.indexOf('## Renewing'));
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text.trim());
}
