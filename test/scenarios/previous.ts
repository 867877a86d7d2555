/** Programs of an earlier version, as the history of this repository has them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/domain/error.ts';

/**
 * Of before denials and keys of probes. 0.1.0 has one coordinator with a file, and is met in test/api/versions.test.ts; in between several
 * work on one etcd, of which those up to 4802663 spell sections in another way, and are not understood.
 */
const earlier = '1f7bd16c9d98d1cda3e981a2c3342a40c54be66c';
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
    const archive = execFileSync('git', ['archive', earlier, ...parts], {
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
