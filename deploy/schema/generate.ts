/** Writes the JSON Schema of each resource kind beside this file, for editors and other people's tools. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonSchemas } from '../../src/resource/json-schema.ts';

for (const [file, text] of jsonSchemas()) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  writeFileSync(path, text);
  // The repository's formatter has the last word on its files.
  spawnSync('biome', ['format', '--write', path], { stdio: 'inherit' });
}
