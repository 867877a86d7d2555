// Script and addon into a copy of Node's binary (a "single executable application").
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { addonAsset } from './embedded-addon.ts';

const run = promisify(execFile);
const timeoutMs = 300_000;
/** By which Node knows that something was put into it: its documentation's, the same in each version. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export interface InjectOptions {
  readonly root: string;
  /** Node for the machine that builds: of the same version as `node`. */
  readonly builder: string;
  /** Node for the machine that runs. */
  readonly node: string;
  readonly script: string;
  /** File of netlink's addon for the machine that runs. */
  readonly addon: string;
  /** V8's code cache, which its own architecture alone can use. */
  readonly codeCache: boolean;
  readonly outFile: string;
}

/** The same bytes from the same inputs. Throws what Node or postject say. */
export async function inject(options: InjectOptions): Promise<void> {
  const { root, builder, node, script, addon, codeCache, outFile } = options;
  const folder = mkdtempSync(join(tmpdir(), 'causeway-build-'));
  try {
    writeFileSync(join(folder, 'causeway.cjs'), script);
    copyFileSync(addon, join(folder, addonAsset));
    const config = {
      // As it stands in stacks; so no folder of this machine.
      main: 'causeway.cjs',
      output: 'causeway.blob',
      disableExperimentalSEAWarning: true,
      useSnapshot: false,
      useCodeCache: codeCache,
      // NODE_OPTIONS are those of other programs: none of them is for this one.
      execArgvExtension: 'none',
      assets: { [addonAsset]: addonAsset },
    };
    writeFileSync(join(folder, 'sea.json'), JSON.stringify(config));
    // Without a seed two code caches of one script differ.
    const seed = '--random-seed=1';
    const quiet = { cwd: folder, timeout: timeoutMs, env: {} };
    await run(builder, [seed, '--experimental-sea-config', 'sea.json'], quiet);
    const part = join(folder, 'causeway');
    copyFileSync(node, part);
    chmodSync(part, 0o755);
    const postject = join(root, 'node_modules', 'postject', 'dist', 'cli.js');
    const words = [part, 'NODE_SEA_BLOB', join(folder, 'causeway.blob'), '--sentinel-fuse', fuse];
    await run(builder, [postject, ...words], quiet);
    // Whole or not at all, beside one that runs.
    copyFileSync(part, `${outFile}.part`);
    renameSync(`${outFile}.part`, outFile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
