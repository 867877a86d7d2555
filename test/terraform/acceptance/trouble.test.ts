/** When something is wrong, Terraform's user hears what, at his own line; and nothing is worse afterwards. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Folder, openWorkplace, program, source, type Workplace } from './workplace.ts';

interface Shown {
  readonly severity: string;
  readonly summary: string;
  readonly detail: string;
  readonly address?: string;
  readonly range?: { readonly start: { readonly line: number } };
}

describe.skipIf(program === undefined)(`${program?.title}`, () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await openWorkplace();
  });
  afterAll(() => place.dispose());

  const site = (name: string, more = '') =>
    `\nresource "causeway_site" "a" {\n  name = "${name}"${more}\n}\n`;
  const gre = '\n  tunnel = { type = "gre" }';

  /** What `words` complain about, each with the line that it is shown at. */
  async function complaints(folder: Folder, text: string, ...words: readonly string[]): Promise<string[]> {
    const { stdout } = await folder.run(...words, '-json');
    const found: Shown[] =
      words[0] === 'validate'
        ? JSON.parse(stdout).diagnostics
        : stdout
            .split('\n')
            .filter((line) => line.includes('"diagnostic"'))
            .map((line) => JSON.parse(line).diagnostic);
    const lines = text.split('\n');
    return found
      .filter(({ summary }) => !summary.includes('development overrides'))
      .map(({ severity, summary, detail, range }) => {
        const line = range === undefined ? '-' : (lines[range.start.line - 1]?.trim() ?? '-');
        return `${severity} at \`${line}\`: ${summary}: ${detail}`;
      });
  }

  it('a mistake is shown at its line', async () => {
    const folder = place.open();
    const text = `${place.provider()}
resource "causeway_service" "a" {
  name     = "a"
  vips     = ["127.0.0.1"]
  ports    = ["80/tcp"]
  selector = { app = "web" }
  health = {
    type   = "http"
    expect = ["200", "99"]
    ports = {
      "80/tcp" = { path = "x" }
    }
  }
}
resource "causeway_real_server" "a" {
  name   = "r1"
  weight = 1001
}
`;
    folder.write(text);
    expect((await complaints(folder, text, 'validate')).sort()).toEqual([
      expect.stringMatching(
        /^error at `expect = \["200", "99"\]`: Not what a Service can say: health\.expect\[1\]: Found "99"/,
      ),
      expect.stringMatching(
        /^error at `ports = \{`: Not what a Service can say: health\.ports\["80\/tcp"\]\.path: Found "x"/,
      ),
      expect.stringMatching(
        /^error at `vips\s+= \["127\.0\.0\.1"\]`: Not what a Service can say: Found "127\.0\.0\.1", expected a unicast/,
      ),
      expect.stringMatching(/^error at `weight = 1001`: Not what a RealServer can say: Found 1001/),
    ]);
  });

  it('what only the coordinator sees is shown at its line, and nothing is changed', async () => {
    const folder = place.open();
    const service = (name: string, more = '') =>
      `resource "causeway_service" "${name}" {\n  name     = "${name}"\n  vips     = ["192.0.2.77"]\n  ports    = ["80/tcp"]\n  selector = { app = "web" }${more}\n}\n`;
    const text = `${place.provider()}\n${service('one')}${service('two', '\n  depends_on = [causeway_service.one]')}`;
    folder.write(text);
    const told = await complaints(folder, text, 'apply', '-auto-approve');
    expect(told).toContainEqual(
      expect.stringMatching(/^error at `vips\s+= \["192\.0\.2\.77"\]`: Refused: Service two/),
    );
    expect(folder.state('causeway_service.two')).toBeUndefined();
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });

  it('what somebody else changes between plan and apply is a conflict, and stays; the next plan begins with it', async () => {
    const folder = place.open();
    const text = (more: string) => `${place.provider()}${site('conflict', more)}`;
    folder.write(text(''));
    await folder.apply();
    folder.write(text(gre));
    expect(await folder.plan('-out', 'planned')).toBe(2);
    const { admin } = place;
    await admin.apply([{ kind: 'Site', name: 'conflict', tunnel: 'gre' }]);
    await admin.apply([{ kind: 'Site', name: 'conflict', tunnel: 'ipip' }]);
    const failed = await folder.run('apply', 'planned');
    expect(failed.status).toBe(1);
    expect(failed.said).toContain('Changed by somebody else since it was read');
    expect(failed.said).toMatch(/on main\.tf line \d+, in resource "causeway_site" "a":/);
    expect(failed.said).toContain('admin/test');
    expect(await admin.get({ kind: 'Site', name: 'conflict' })).toMatchObject({ tunnel: 'ipip' });
    expect((await folder.apply()).said).toContain('0 added, 1 changed');

    expect(await folder.plan('-destroy', '-out', 'gone')).toBe(2);
    await admin.apply([{ kind: 'Site', name: 'conflict', tunnel: 'ipip' }]);
    expect((await folder.run('apply', 'gone')).said).toContain('Changed by somebody else');
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });

  it('what is deleted by hand is made again; what is there already is not overwritten', async () => {
    const folder = place.open();
    folder.write(`${place.provider()}${site('byhand')}`);
    await folder.apply();
    await place.admin.remove([{ kind: 'Site', name: 'byhand' }]);
    expect((await folder.apply()).said).toContain('1 added');
    const other = place.open();
    other.write(`${place.provider()}${site('byhand', gre)}`);
    const refused = await other.run('apply', '-auto-approve');
    expect(refused).toMatchObject({
      status: 1,
      said: expect.stringContaining('terraform import causeway_site.NAME byhand'),
    });
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });

  it('a refusal by an agent does not have Terraform make anew what it has just made; of a change it is an error', async () => {
    let judge: () => string | undefined = () => undefined;
    const folder = place.open();
    const text = (scheduler: string) => `${place.provider()}
resource "causeway_service" "r" {
  name      = "refused"
  vips      = ["192.0.2.88"]
  ports     = ["80/tcp"]
  selector  = { app = "web" }
  scheduler = "${scheduler}"
}
`;
    await place.admin.apply([{ kind: 'Site', name: 'fra', tunnel: 'ipip' }]);
    await place.director('fra-d1', () => judge());
    judge = () => 'the module ip_vs is not there';
    folder.write(text('rr'));
    const made = await folder.apply();
    expect(made.said).toContain('director fra-d1 refuses: the module ip_vs is not there');
    expect(folder.state('causeway_service.r')).toMatchObject({ isTainted: false });
    expect(await folder.plan()).toBe(0);
    folder.write(text('wlc'));
    expect(await folder.run('apply', '-auto-approve')).toMatchObject({
      status: 1,
      said: expect.stringContaining('Stored, but not everywhere as wanted'),
    });
    expect(folder.state('causeway_service.r')).toMatchObject({
      values: { scheduler: 'wlc' },
      isTainted: false,
    });
    expect(await folder.plan()).toBe(0);
    judge = () => undefined;
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });

  it('an interruption ends the waiting; what was made stands in the state', async () => {
    const folder = place.open();
    await place.admin.apply([{ kind: 'Site', name: 'fra', tunnel: 'ipip' }]);
    let release = (): void => {};
    const busy = new Promise<void>((resolve) => {
      release = resolve;
    });
    await place.director('fra-d2', () => busy);
    folder.write(`${place.provider()}
resource "causeway_service" "i" {
  name     = "interrupted"
  vips     = ["192.0.2.89"]
  ports    = ["80/tcp"]
  selector = { app = "web" }
}
`);
    const running = folder.start('apply', '-auto-approve');
    await expect.poll(async () => (await place.admin.list('Service')).resources.length).toBe(1);
    running.interrupt();
    const { said } = await running.ended;
    expect(said).toContain('Interrupted: it stands, and agents go on with it.');
    expect(folder.state('causeway_service.i')).toMatchObject({ isTainted: false });
    release();
    expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
  });

  describe('the provider itself', () => {
    const provider = (attributes: string) =>
      `terraform {\n  required_providers {\n    causeway = { source = "${source}" }\n  }\n}\nprovider "causeway" {\n${attributes}\n}\n${site('never')}`;
    const certificate = async (daysAgo: number) => {
      const { cert, key, ca } = await place.issue(`admin/days-${daysAgo}`, daysAgo);
      return `  tls_cert = "${cert}"\n  tls_key  = "${key}"\n  tls_ca   = "${ca}"`;
    };

    it.each<[string, () => Promise<string> | string, RegExp]>([
      [
        'a certificate that has expired',
        async () => `  coordinators = ["${place.address}"]\n${await certificate(49)}`,
        /^error at `tls_cert = .* has expired on .*: renew it/,
      ],
      [
        'a file that is not there',
        () =>
          `  coordinators = ["${place.address}"]\n  tls_cert = "/no/such.pem"\n  tls_key = "/no/such.key"\n  tls_ca = "/no/ca.pem"`,
        /^error at `tls_cert = "\/no\/such\.pem"`: .*ENOENT/,
      ],
      [
        'no certificate where one is needed',
        () => '  coordinators = ["10.1.0.2"]',
        /^error at `.*10\.1\.0\.2:7400 is not this host's loopback/,
      ],
      [
        'an address that is none',
        () => '  coordinators = ["10.1.0.2:x"]',
        /^error at `coordinators = \["10\.1\.0\.2:x"\]`/,
      ],
      [
        'nobody there',
        async () => `  coordinators = ["127.0.0.1:${await closedPort()}"]`,
        /^error at `coordinators = .*: No coordinator answers: .*no coordinator answers at 127\.0\.0\.1:\d+: is causeway-coordinator running\?/,
      ],
      [
        'plaintext to a coordinator that wants certificates',
        () => `  coordinators = ["${place.address}"]`,
        /^error at `coordinators = .*: No coordinator answers/,
      ],
    ])('%s: said at its line', async (_, attributes, expected) => {
      const folder = place.open();
      const text = provider(await attributes());
      folder.write(text);
      expect((await complaints(folder, text, 'plan'))[0]).toMatch(expected);
    });

    it('goes on with another coordinator where the first does not answer, and takes certificates as texts', async () => {
      const folder = place.open();
      const { cert, key, ca } = await place.issue('admin/texts');
      folder.write(
        provider(
          `  coordinators = ["127.0.0.1:${await closedPort()}", "${place.address}"]\n  tls_cert = file("${cert}")\n  tls_key = file("${key}")\n  tls_ca = file("${ca}")`,
        ),
      );
      await folder.apply();
      expect((await folder.run('destroy', '-auto-approve')).status).toBe(0);
    });

    it('a viewer may plan, and is told that he may not apply', async () => {
      const folder = place.open();
      const { cert, key, ca } = await place.issue('viewer/eve');
      folder.write(
        provider(
          `  coordinators = ["${place.address}"]\n  tls_cert = "${cert}"\n  tls_key = "${key}"\n  tls_ca = "${ca}"`,
        ),
      );
      expect(await folder.plan()).toBe(2);
      expect(await folder.run('apply', '-auto-approve')).toMatchObject({
        status: 1,
        said: expect.stringContaining('The coordinator does not let you'),
      });
    });
  });

  it('leaves no process and no socket behind', async () => {
    const folder = place.open();
    folder.write(`${place.provider()}${site('traces')}`);
    await folder.run('validate');
    const own = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => commandLine(pid).includes('terraform-provider'))
      .filter((pid) => environment(pid).includes(place.folder));
    expect(own).toEqual([]);
  });
});

function commandLine(pid: string): string {
  return readable(`/proc/${pid}/cmdline`);
}

function environment(pid: string): string {
  return readable(`/proc/${pid}/environ`);
}

function readable(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
