/** Programs of an earlier version, as the history of this repository has them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/domain/error.ts';

/** The first of which several work on one etcd; 0.1.0, before it, has one coordinator with a file, and is met in test/api/versions.test.ts. */
const firstOfMany = '48026636287c076a91e948446d36aad2a4fa3c2b';
const root = join(import.meta.dirname, '..', '..');

export interface Previous {
  /** The tree that its programs are run from. */
  readonly root: string;
  dispose(): void;
}

/** Throws with the reason where there is no such history, as in a tree without one. */
export function unpackPrevious(): Previous {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-previous-'));
  const dispose = () => rmSync(folder, { recursive: true, force: true });
  try {
    const parts = ['src', 'proto', 'package.json'];
    const archive = execFileSync('git', ['archive', firstOfMany, ...parts], {
      ...{ cwd: root, maxBuffer: 256 << 20, stdio: ['ignore', 'pipe', 'pipe'] },
    });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    // Its libraries are those of today.
    symlinkSync(realpathSync(join(root, 'node_modules')), join(folder, 'node_modules'));
    return { root: folder, dispose };
  } catch (error) {
    dispose();
    throw new Error(`no coordinator of an earlier version can be had here: ${messageOf(error)}`);
  }
}
