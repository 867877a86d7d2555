/** The provider's documentation is what the schema says today, in the form that registries read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { documentationPages } from '../../terraform/provider/docs.ts';

const folder = join(import.meta.dirname, '../../terraform/provider');
const pages = documentationPages((file) => readFileSync(join(folder, 'examples', file), 'utf8'));

it('the pages are those of the code (else: node terraform/provider/generate-docs.ts)', () => {
  const found = readdirSync(join(folder, 'docs'), { recursive: true, encoding: 'utf8' });
  expect(found.filter((file) => file.endsWith('.md')).sort()).toEqual([...pages.keys()].sort());
  for (const [file, text] of pages) expect(readFileSync(join(folder, 'docs', file), 'utf8'), file).toBe(text);
});

it.each([...pages.keys()])('%s begins with what a registry shows of it', (file) => {
  const [, front = ''] = /^---\n(.*?)\n---\n/s.exec(pages.get(file) ?? '') ?? [];
  expect(parse(front)).toEqual({
    page_title: expect.stringMatching(/ - causeway$/),
    subcategory: '',
    description: expect.stringMatching(/\S/),
  });
});

it('every example is on a page', () => {
  const texts = [...pages.values()].join('\n');
  for (const file of readdirSync(join(folder, 'examples')))
    expect(texts, file).toContain(readFileSync(join(folder, 'examples', file), 'utf8').trimEnd());
});

it('every link inside a page leads somewhere', () => {
  for (const [file, text] of pages) {
    for (const [, anchor] of text.matchAll(/\]\(#([\w-]+)\)/g))
      expect(text, file).toContain(`id="${anchor}"`);
  }
});
