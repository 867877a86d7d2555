import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterEach, expect, it } from 'vitest';
import { bundleBanner, ownPlace } from '../../deploy/own-place.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'causeway-own-place-')));
afterEach(() => rmSync(folder, { recursive: true }));

it('a package in a bundle finds what lies beside it, also where node_modules is a link to another checkout’s', async () => {
  const [checkout, other] = [join(folder, 'checkout'), join(folder, 'other', 'node_modules')];
  mkdirSync(checkout);
  mkdirSync(join(other, 'place'), { recursive: true });
  writeFileSync(join(other, 'place', 'index.js'), 'module.exports = __dirname;\n');
  symlinkSync(other, join(checkout, 'node_modules'));
  writeFileSync(join(checkout, 'main.ts'), "export { default as place } from 'place';\n");
  const outdir = join(checkout, 'dist');
  await build({
    absWorkingDir: checkout,
    entryPoints: ['main.ts'],
    ...{ outdir, outExtension: { '.js': '.mjs' }, bundle: true, platform: 'node', format: 'esm' },
    banner: { js: bundleBanner },
    plugins: [ownPlace(outdir)],
  });
  const { place } = await import(pathToFileURL(join(outdir, 'main.mjs')).href);
  expect(place).toBe(join(other, 'place'));
});
