// docs/operating.md, "Two sites from nothing", with the packages: what docs/security.md has people type, brought into /etc/causeway, is all that
// the installed programs need. Of the data plane nothing is asked: the kernel may have none of it.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DebianRoot, openDebianRoot } from './debian-root.ts';
import { fiveMinutes } from './documented.ts';
import { readShipped } from './shipped.ts';

const { debian = '', packages = [] } = readShipped(process.env);
const there = debian !== '' && packages.length > 0;
const repository = join(import.meta.dirname, '../..');

let root: DebianRoot;
beforeAll(async () => {
  if (there) root = await openDebianRoot(debian);
});
afterAll(() => root?.remove());

it.skipIf(!there)('a coordinator and a real server find each other by what their bundles bring', async () => {
  const installed = await root.install(packages.filter((file) => /_(amd64|all)\.deb$/.test(file)));
  expect(installed.status, installed.stdout).toBe(0);
  cpSync(join(repository, 'deploy/examples'), join(root.folder, 'root/deploy/examples'), { recursive: true });
  const [certificates = '', , , , alice = ''] = fiveMinutes();
  const script = `cd /root
${certificates}
for host in fra-d1 fra-r1 alice; do cp causeway-pki/bundles/$host/* /etc/causeway/; done
causeway-coordinator > /coordinator.log 2>&1 &
causeway-realserver > /realserver.log 2>&1 &
set -e
until grep -q '"msg":"ready"' /coordinator.log; do sleep 0.2; done
${alice.replace(/^causeway apply .*$/m, '$& || true')}
causeway status`;
  const { status, stdout, stderr } = await root.shAt(['10.1.0.2', '10.1.0.11'], script);
  expect(status, `${stdout}${stderr}`).toBe(0);
  expect(stdout).toMatch(/^Service\/web +created$/m);
  expect(stdout).toMatch(/^fra-r1 .*connected/m);
});
