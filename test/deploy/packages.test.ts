// What of the packages can be told without building one.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { controlFile, packageDescriptions } from '../../deploy/packages/description.ts';
import { serviceFiles } from '../../deploy/packages/files.ts';
import { manualPage } from '../../deploy/packages/manual.ts';
import { configTemplate } from '../../deploy/packages/template.ts';
import { releaseSeconds } from '../../deploy/release-time.ts';
import { programRoles } from '../../src/runtime/config-keys.ts';

const root = new URL('../../', import.meta.url).pathname;
const packages = packageDescriptions('1.2.3');

it('there is one for the executable, and one for each program that runs all the time, of the same version', () => {
  expect(packages.flatMap(({ role }) => role ?? []).sort()).toEqual([...programRoles].sort());
  for (const one of packages.slice(1)) expect(one.depends).toContain('causeway (= 1.2.3)');
});

it('each unit is in the package of its program', () => {
  const shipped = packages.slice(1).flatMap((one) => serviceFiles(one, root).map(({ path }) => path));
  for (const unit of readdirSync(`${root}deploy/systemd`))
    expect(shipped).toContain(`/lib/systemd/system/${unit}`);
});

it('modules that a unit waits for are those that are loaded at boot', () => {
  for (const { name, role, modules } of packages) {
    if (role === undefined) continue;
    const unit = readFileSync(`${root}deploy/systemd/${name}.service`, 'utf8');
    const waited = [...unit.matchAll(/^Wants=.*$/gm)].flatMap(([line]) =>
      [...line.matchAll(/modprobe@(\w+)\.service/g)].map(([, module = '']) => module),
    );
    expect([...modules]).toEqual(waited);
  }
});

describe('the control file', () => {
  const [first] = packages;
  const options = { version: '1.2.3', architecture: 'amd64', maintainer: 'A <a@b.example>', installedKiB: 7 };
  const text = first === undefined ? '' : controlFile(first, options);

  it('has no line that is too long, no empty one, and ends with a line end', () => {
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    for (const line of lines.filter((one) => one.startsWith(' '))) expect(line.length).toBeLessThan(81);
    expect(lines).not.toContain('');
  });

  it('says what it is of', () => {
    expect(text).toContain('Package: causeway\nVersion: 1.2.3\nArchitecture: amd64\n');
  });
});

it.each([
  ['site: fra\n', '# site: fra\n'],
  ['# A comment.\nsite: fra\n\n# loadFile: /x\n', '# A comment.\n# site: fra\n\n# loadFile: /x\n'],
])('a configuration in which nothing is said yet: %j', (example, template) => {
  expect(configTemplate(example)).toBe(template);
});

it('a manual page takes nothing of the help as a command', () => {
  const help = "Usage: x [options]\n\nDoes it.\n\n.hidden\n'quoted\n  --a-b  back\\slash\n";
  const page = manualPage({
    name: 'x',
    section: 8,
    summary: 'does it',
    help,
    version: '1',
    seconds: 0,
    seeAlso: ['y(1)'],
  });
  expect(page).toContain('.SH SYNOPSIS\nx [options]\n.SH DESCRIPTION\n.nf\nDoes it.\n\n\\&.hidden\n');
  expect(page).toContain("\n\\&'quoted\n  \\-\\-a\\-b  back\\eslash\n.fi\n");
});

it('the time of what is built is given, or the last commit’s; nonsense is refused', () => {
  expect(releaseSeconds(root, { SOURCE_DATE_EPOCH: '1700000000' })).toBe(1_700_000_000);
  expect(() => releaseSeconds(root, { SOURCE_DATE_EPOCH: 'today' })).toThrow('expected seconds since 1970');
});
