/** An executable that is the coordinator and `causeway` as they are, and in place of agents, which need a kernel, what only says how it is. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleScript } from '../../../deploy/executable/bundle.ts';

const root = join(import.meta.dirname, '../../..');

/** Answers /healthz where the configuration says; 503 while a file says why. Its clean-up is told. */
const agent = `
const { readFileSync, existsSync, appendFileSync } = require('node:fs');
const [role, log, ...words] = process.argv.slice(2);
const config = readFileSync('/etc/causeway/' + role + '.yaml', 'utf8');
const [, name] = /"name": "(.*)"/.exec(config);
if (words[0] === '--cleanup') {
  if (existsSync('/etc/no-cleanup')) { console.error('clean up: the kernel said EBUSY; run it again to continue'); process.exit(1); }
  appendFileSync(log, name + ': cleanup ' + role + '\\n');
  process.exit(0);
}
if (words.length > 0) { console.error('unknown: ' + words); process.exit(2); }
const [, host, port] = /"http": "(.*):(\\d+)"/.exec(config);
let told = false;
require('node:http').createServer((request, response) => {
  const trouble = existsSync('/etc/trouble') ? readFileSync('/etc/trouble', 'utf8') : undefined;
  response.writeHead(trouble === undefined ? 200 : 503).end((trouble ?? 'ok') + '\\n');
  if (trouble === undefined && !told) { told = true; appendFileSync(log, name + ': well as ' + role + '\\n'); }
}).listen(Number(port), host);
`;

/** Into `dist`/bin, one for each release; the file of `causeway` as a command of this machine. */
export async function writeStandIns(dist: string, releases: readonly string[], log: string): Promise<string> {
  const bin = join(dist, 'bin');
  mkdirSync(bin, { recursive: true });
  const { script } = await bundleScript(root);
  const [whole, part] = [join(dist, 'causeway.cjs'), join(dist, 'agent.cjs')];
  writeFileSync(whole, script);
  writeFileSync(part, agent);
  for (const release of releases) {
    const file = join(bin, `causeway-${release}-linux-${process.arch}`);
    writeFileSync(
      file,
      `#!/bin/sh
name=$(basename "$0")
[ "$*" != --version ] || { echo ${release}; exit 0; }
case $name in
  causeway-director | causeway-realserver) exec '${process.execPath}' '${part}' "\${name#causeway-}" '${log}' "$@" ;;
  causeway-coordinator) exec '${process.execPath}' '${whole}' coordinator "$@" ;;
esac
exec '${process.execPath}' '${whole}' "$@"
`,
    );
    chmodSync(file, 0o755);
  }
  return join(bin, `causeway-${releases[0]}-linux-${process.arch}`);
}
