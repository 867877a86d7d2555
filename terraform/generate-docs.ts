// Writes the tables of variables and outputs into the READMEs of the modules: node terraform/generate-docs.ts
import { writeFileSync } from 'node:fs';
import { moduleReadmes } from './module-tables.ts';

for (const [file, { current }] of moduleReadmes()) writeFileSync(file, current);
