/** Terraform itself manages resources of a coordinator, through the provider. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkplace, program, source, type Workplace } from './workplace.ts';

describe.skipIf(program === undefined)(`${program?.title}`, () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await openWorkplace();
  });
  afterAll(() => place.dispose());

  const declared = async () =>
    (await place.admin.list()).resources.map(({ kind, name }) => `${kind}/${name}`).sort();

  it('makes, finds nothing to do, finds and undoes a change by hand, changes, and destroys', async () => {
    const folder = place.open();
    const text = (scheduler: string) => `${place.provider('message = "ticket 7"')}
resource "causeway_site" "fra" {
  name = "one-fra"
}
resource "causeway_service" "web" {
  name      = "one-web"
  vips      = ["192.0.2.10", "2001:DB8::10"]
  ports     = ["80/tcp", "443/tcp"]
  selector  = { app = "web" }
  sites     = [causeway_site.fra.name]
  scheduler = "${scheduler}"
  health    = { type = "http", ports = { "443/tcp" = { path = "/tls" } } }
}
`;
    folder.write(text('wlc'));
    const applied = await folder.apply();
    expect(applied.said).toContain('2 added, 0 changed, 0 destroyed');
    expect(applied.said).toContain('Accepted, for it may still come: Service one-web');
    expect(folder.state('causeway_service.web')?.values).toMatchObject({
      vips: ['192.0.2.10', '2001:DB8::10'],
      drain_seconds: null,
    });
    const [revision] = (await place.admin.history({ limit: 1 })).revisions;
    expect(revision).toMatchObject({
      message: 'ticket 7',
      author: { name: expect.stringContaining('/admin/terraform'), isTold: false },
    });
    expect(await folder.plan()).toBe(0);

    const web = await place.admin.get({ kind: 'Service', name: 'one-web' });
    if (web.kind !== 'Service') throw new Error(web.kind);
    await place.admin.apply([{ ...web, vips: [...web.vips, '192.0.2.11'], scheduler: 'rr' }]);
    const { stdout } = await folder.run('plan');
    expect(stdout).toMatch(/~ scheduler\s+= "rr" -> "wlc"/);
    expect(stdout).toMatch(/- "192\.0\.2\.11"/);
    expect(stdout).not.toContain('2001:db8::10');
    expect((await folder.apply()).said).toContain('0 added, 1 changed, 0 destroyed');
    expect(await place.admin.get({ kind: 'Service', name: 'one-web' })).toEqual(web);

    folder.write(text('sed'));
    await folder.apply();
    expect(await place.admin.get({ kind: 'Service', name: 'one-web' })).toMatchObject({ scheduler: 'sed' });
    expect(await folder.plan()).toBe(0);
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
    expect((await declared()).filter((name) => name.includes('one-'))).toEqual([]);
  });

  it('every kind of resource and data source, as its documentation has it', async () => {
    const folder = place.open();
    const example = (name: string) =>
      readFileSync(join(import.meta.dirname, '../../../terraform/provider/examples', `${name}.tf`), 'utf8');
    const resources = ['site', 'service', 'real_server', 'override', 'settings'].map((name) =>
      example(`causeway_${name}`),
    );
    const sources = ['status', 'weights', 'plan'].map((name) => example(`data_causeway_${name}`));
    const text = [place.provider(), ...resources, ...sources].join('\n');
    folder.write(text);
    expect((await folder.run('fmt', '-check', '-diff')).stdout).toBe('');
    await folder.apply();
    expect(await declared()).toEqual([
      'Override/power-supply',
      'RealServer/fra-r1',
      'Service/web',
      'Settings/default',
      'Site/fra',
      'Site/lon',
    ]);
    expect(folder.state('causeway_override.power')?.values.expires).toMatch(/^2\d{3}-/);
    expect(await folder.plan()).toBe(0);
    const { stdout } = await folder.run('output', '-json');
    expect(JSON.parse(stdout)).toMatchObject({ weights: { value: {} }, operations: { value: {} } });
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });

  it('takes over what is there, and then has nothing to do', async () => {
    const folder = place.open();
    await place.admin.apply([
      { kind: 'Site', name: 'two-fra', tunnel: 'gre' },
      { kind: 'Site', name: 'two-lon', tunnel: 'ipip' },
    ]);
    folder.write(`${place.provider()}
resource "causeway_site" "fra" {
  name   = "two-fra"
  tunnel = { type = "gre" }
}
import {
  to = causeway_site.lon
  id = "two-lon"
}
resource "causeway_site" "lon" {
  name = "two-lon"
}
`);
    expect((await folder.run('import', 'causeway_site.fra', 'two-fra')).status).toBe(0);
    expect((await folder.run('import', 'causeway_site.lon', 'two-absent')).said).toContain(
      'There is no Site two-absent',
    );
    expect((await folder.apply()).said).toContain('1 imported, 0 added, 0 changed, 0 destroyed');
    expect(await folder.plan()).toBe(0);
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });

  it('what is known only when something else is there stays unknown until then', async () => {
    const folder = place.open();
    folder.write(`${place.provider()}
resource "terraform_data" "late" {
  input = { vip = "192.0.2.30", path = "/late", message = "three" }
}
resource "causeway_service" "late" {
  name     = "three"
  vips     = ["192.0.2.31", terraform_data.late.output.vip]
  ports    = ["80/tcp"]
  selector = { app = terraform_data.late.output.message }
  health   = { type = "http", path = terraform_data.late.output.path }
}
`);
    await folder.apply();
    expect(folder.state('causeway_service.late')?.values).toMatchObject({
      vips: ['192.0.2.30', '192.0.2.31'],
      health: { path: '/late' },
    });
    expect(await folder.plan()).toBe(0);
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });

  it('another name is another resource', async () => {
    const folder = place.open();
    const text = (name: string) =>
      `${place.provider()}\nresource "causeway_site" "a" {\n  name = "${name}"\n}\n`;
    folder.write(text('four-a'));
    await folder.apply();
    folder.write(text('four-b'));
    const { stdout } = await folder.run('plan');
    expect(stdout).toMatch(/~ name\s+= "four-a" -> "four-b" # forces replacement/);
    await folder.apply();
    expect((await declared()).filter((name) => name.includes('four-'))).toEqual(['Site/four-b']);
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });

  it('is found in a mirror, where init writes a lock file, and works from there', async () => {
    const folder = place.open('mirror');
    folder.write(`${place.provider()}\nresource "causeway_site" "a" {\n  name = "five"\n}\n`);
    expect(await folder.run('init')).toMatchObject({ status: 0 });
    const lock = join(folder.path, '.terraform.lock.hcl');
    expect(existsSync(lock)).toBe(true);
    expect(readFileSync(lock, 'utf8')).toContain(`provider "${source}"`);
    await folder.apply();
    expect(await folder.plan()).toBe(0);
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });
});
