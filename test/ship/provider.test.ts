// The Terraform provider as it is released: one archive, found in a mirror as it is, and by its unpacked program.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programVersion } from '../../src/runtime/version.ts';
import { unzip } from '../deploy/unzip.ts';
import { openWorkplace, program } from '../terraform/acceptance/workplace.ts';
import { readShipped } from './shipped.ts';

const { provider = '' } = readShipped(process.env);

describe.skipIf(provider === '' || program === undefined)(
  `the provider’s archive, under ${program?.title}`,
  () => {
    it('has one program in it, and what is whose', () => {
      expect(unzip(readFileSync(provider)).map(({ name, mode }) => `${mode.toString(8)} ${name}`)).toEqual([
        `755 terraform-provider-causeway_v${programVersion}`,
        ...['644 LICENSE', '644 licences.txt', '644 causeway.cdx.json'],
      ]);
    });

    it('lies beside its checksums, and what registries want to know of it', () => {
      const folder = dirname(provider);
      const base = `terraform-provider-causeway_${programVersion}`;
      const sums = readFileSync(join(folder, `${base}_SHA256SUMS`), 'utf8');
      for (const name of readdirSync(folder).filter((one) => !one.endsWith('SHA256SUMS'))) {
        const sum = createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex');
        expect(sums).toContain(`${sum}  ${name}\n`);
      }
      expect(sums).toContain(basename(provider));
      const manifest = JSON.parse(readFileSync(join(folder, `${base}_manifest.json`), 'utf8'));
      expect(manifest).toEqual({ version: 1, metadata: { protocol_versions: ['6.0'] } });
    });

    it('is found where README has it put, and does what README shows', async () => {
      const root = join(import.meta.dirname, '../..');
      const readme = readFileSync(join(root, 'terraform/README.md'), 'utf8');
      const block = (language: string) =>
        new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(readme)?.[1] ?? '';
      const place = await openWorkplace(provider);
      try {
        const { cert, key, ca } = await place.issue('admin/terraform');
        const folder = place.open('home', {
          CAUSEWAY_COORDINATOR: place.address,
          ...{ CAUSEWAY_TLS_CERT: cert, CAUSEWAY_TLS_KEY: key, CAUSEWAY_TLS_CA: ca },
        });
        execFileSync('sh', ['-ec', block('sh')], { cwd: root, env: { ...process.env, HOME: folder.path } });
        folder.write(block('hcl'));
        expect(await folder.run('init')).toMatchObject({ status: 0 });
        await folder.apply();
        expect((await place.admin.list()).resources).toMatchObject([{ kind: 'Service', name: 'web' }]);
        expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
      } finally {
        await place.dispose();
      }
    });

    it.each(['mirror', 'override'] as const)('manages resources: %s', async (how) => {
      const place = await openWorkplace(provider);
      try {
        const folder = place.open(how);
        folder.write(`${place.provider()}
resource "causeway_service" "web" {
  name     = "web"
  vips     = ["192.0.2.10"]
  ports    = ["80/tcp"]
  selector = { app = "web" }
}
`);
        if (how === 'mirror') {
          expect(await folder.run('init')).toMatchObject({ status: 0 });
          expect(readFileSync(join(folder.path, '.terraform.lock.hcl'), 'utf8')).toContain('"h1:');
        }
        await folder.apply();
        expect(await folder.plan()).toBe(0);
        expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
      } finally {
        await place.dispose();
      }
    });
  },
);
