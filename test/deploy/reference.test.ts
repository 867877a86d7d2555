// docs/reference/ is what the programs, schemas and proto files say today.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { referencePages } from '../../deploy/reference/pages.ts';

const folder = new URL('../../docs/reference/', import.meta.url);

/** Without what the formatter adds: tables as wide as their widest cell. */
const plain = (text: string): string => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---').trim();

it('the reference is current (else: npm run reference)', async () => {
  const pages = await referencePages();
  expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
  for (const [file, text] of pages)
    expect(plain(readFileSync(new URL(file, folder), 'utf8')), file).toBe(plain(text));
});
