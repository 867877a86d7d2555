// Set-up that needs nothing but Node and npm: installs the packages the lockfile names when they are missing
// or out of date, then runs the given TypeScript file on Node 24 (the package `node-linux-*` carries the binary
// where the machine's own Node is older).
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wantedMajor = 24;

/** What npm installed last, against what the lockfile asks for; both list every package with its version. */
function installedMatchesLockfile() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const have = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const want = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(want).every(
    ([path, entry]) => path === '' || entry.optional || have[path]?.version === entry.version,
  );
}

function fail(message) {
  process.stderr.write(`causeway: ${message}\n`);
  process.exit(1);
}

// Not npm ci: it refuses a lockfile that leaves out other platforms' binaries; versions are the lockfile's either way.
if (!installedMatchesLockfile()) {
  process.stderr.write('causeway: installing packages …\n');
  const npm = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--no-save', '--no-fund', '--no-audit', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  if (npm.status !== 0) fail('npm install failed; its message is above');
}

const bundled = join(root, 'node_modules', '.bin', 'node');
const ownMajor = Number(process.versions.node.split('.')[0]);
const node = ownMajor >= wantedMajor ? process.execPath : bundled;
if (!existsSync(node)) {
  fail(
    `this is Node ${process.versions.node}; Causeway needs Node ${wantedMajor} or newer: install it and try again`,
  );
}

const run = spawnSync(node, process.argv.slice(2), {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}:${join(root, 'node_modules', '.bin')}:${process.env.PATH}` },
});
if (run.error) fail(run.error.message);
process.exit(run.status ?? 1);
