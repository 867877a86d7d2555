import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { jsonSchemas } from '../../src/resource/json-schema.ts';

const folder = new URL('../../deploy/schema/', import.meta.url);

it('the shipped JSON Schemas are those of the code (else: node deploy/schema/generate.ts)', () => {
  const shipped = readdirSync(folder).filter((file) => file.endsWith('.json'));
  expect(shipped.sort()).toEqual([...jsonSchemas().keys()].sort());
  for (const [file, text] of jsonSchemas()) {
    expect(JSON.parse(readFileSync(new URL(file, folder), 'utf8')), file).toEqual(JSON.parse(text));
  }
});
