// netlink's addon inside the executable: the kernel's loader takes files only, so it is written to a private folder,
// loaded, and removed before anybody uses it.
import type { Plugin } from 'esbuild';

/** Under this name the addon is among the executable's assets. */
export const addonAsset = 'netlink.node';

/**
 * In the place of `node-gyp-build`, which looks for the addon beside the package. The first folder that can be written to
 * and loaded from: /tmp may be mounted noexec; a service then has its state directory.
 */
const loader = `
const { getRawAsset } = process.getBuiltinModule('node:sea');
const { mkdtempSync, rmSync, writeFileSync } = process.getBuiltinModule('node:fs');
const { tmpdir } = process.getBuiltinModule('node:os');
const { join } = process.getBuiltinModule('node:path');
module.exports = () => {
  const parents = [tmpdir(), process.env.STATE_DIRECTORY, '/run', '/var/tmp'].filter(Boolean);
  const reasons = [];
  for (const parent of parents) {
    let folder;
    try {
      folder = mkdtempSync(join(parent, 'causeway-'));
      const file = join(folder, '${addonAsset}');
      writeFileSync(file, new Uint8Array(getRawAsset('${addonAsset}')), { mode: 0o500, flag: 'wx' });
      const loaded = { exports: {} };
      process.dlopen(loaded, file);
      return loaded.exports;
    } catch (error) {
      reasons.push(parent + ': ' + error.message);
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    }
  }
  throw new Error('the netlink addon can be loaded from no folder (' + reasons.join('; ') + ')');
};
`;

export const embeddedAddon: Plugin = {
  name: 'embedded-addon',
  setup(build) {
    build.onResolve({ filter: /^node-gyp-build$/ }, ({ path }) => ({ path, namespace: 'embedded-addon' }));
    build.onLoad({ filter: /.*/, namespace: 'embedded-addon' }, () => ({ contents: loader, loader: 'js' }));
  },
};
