// What each package puts where on a host.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Executable } from '../executable/build.ts';
import type { PackageDescription } from './description.ts';
import { manualPage } from './manual.ts';
import { configTemplate } from './template.ts';
import { gzipped, type PackageFile } from './tree.ts';

export interface CommonOptions {
  readonly root: string;
  readonly version: string;
  readonly seconds: number;
  readonly maintainer: string;
  /** What a program of that name says of itself. */
  readonly help: (name: string) => Promise<string>;
}

/** Of every package: its manual, whose it is, what changed. */
export async function commonFiles(one: PackageDescription, options: CommonOptions): Promise<PackageFile[]> {
  const { root, version, seconds, maintainer, help } = options;
  const { name } = one;
  const section = one.role === undefined ? 1 : 8;
  const summary = one.summary.replace(/^.*: /, '');
  const others = ['causeway(1)', 'causeway-coordinator(8)', 'causeway-director(8)', 'causeway-realserver(8)'];
  const seeAlso = others.filter((other) => other !== `${name}(${section})`);
  const manual = manualPage({ name, section, summary, help: await help(name), version, seconds, seeAlso });
  const day = new Date(1_000 * seconds).toUTCString().replace('GMT', '+0000');
  const changes = `causeway (${version}) unstable; urgency=medium\n\n  * Made of the sources of this version.\n\n -- ${maintainer}  ${day}\n`;
  const copyright = readFileSync(join(root, 'deploy', 'packages', 'copyright'), 'utf8');
  const documents = `/usr/share/doc/${name}`;
  return [
    { path: `/usr/share/man/man${section}/${name}.${section}.gz`, text: gzipped(manual) },
    { path: `${documents}/changelog.gz`, text: gzipped(changes) },
    { path: `${documents}/copyright`, text: copyright },
  ];
}

/** The executable, with what belongs to all. */
export function clientFiles(executable: Executable, root: string, completion: string): PackageFile[] {
  const documents = '/usr/share/doc/causeway';
  return [
    { path: '/usr/bin/causeway', copyOf: executable.file, executable: true },
    { path: '/usr/share/bash-completion/completions/causeway', text: completion },
    { path: `${documents}/causeway.cdx.json.gz`, text: gzipped(readFileSync(executable.billFile, 'utf8')) },
    { path: `${documents}/licences.gz`, text: gzipped(licences(executable, root)) },
    ...folderFiles(join(root, 'deploy', 'examples', 'first-service'), `${documents}/examples/first-service`),
    ...folderFiles(join(root, 'deploy', 'schema'), '/usr/share/causeway/schema', '.json'),
    {
      path: '/usr/share/lintian/overrides/causeway',
      copyOf: join(root, 'deploy', 'packages', 'lintian-overrides'),
    },
  ];
}

/** A program that runs all the time: its name, its units, what is to be loaded, its configuration. */
export function serviceFiles(one: PackageDescription, root: string): PackageFile[] {
  const { name, role, modules } = one;
  if (role === undefined) throw new Error(`${name} is no service`);
  const units = readdirSync(join(root, 'deploy', 'systemd')).filter((unit) => unit.startsWith(`${name}.`));
  const example = readFileSync(join(root, 'deploy', 'examples', 'config', `${role}.yaml`), 'utf8');
  const listed = modules.map((module) => `${module}\n`).join('');
  return [
    { path: `/usr/bin/${name}`, linkTo: 'causeway' },
    { path: `/etc/causeway/${role}.yaml`, text: configTemplate(example) },
    ...units.map((unit) => ({
      path: `/lib/systemd/system/${unit}`,
      copyOf: join(root, 'deploy', 'systemd', unit),
    })),
    ...(listed === '' ? [] : [{ path: `/usr/lib/modules-load.d/${name}.conf`, text: listed }]),
    ...(role === 'coordinator'
      ? [
          {
            path: `/usr/lib/sysusers.d/${name}.conf`,
            copyOf: join(root, 'deploy', 'packages', 'sysusers.conf'),
          },
        ]
      : []),
  ];
}

function folderFiles(from: string, to: string, ending = ''): PackageFile[] {
  return readdirSync(from)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => ({ path: `${to}/${name}`, copyOf: join(from, name) }));
}

/** Of Node and each package in the executable, in their own words. */
export function licences({ packages, nodeLicenseFile }: Executable, root: string): string {
  const texts = packages.map((folder): [string, string] => {
    const name = existsSync(join(root, folder))
      ? readdirSync(join(root, folder)).find((file) => /^(licen[cs]e|copying)/i.test(file))
      : undefined;
    const text =
      name === undefined ? 'See its package.json.\n' : readFileSync(join(root, folder, name), 'utf8');
    return [folder.replace(/^.*node_modules\//, ''), text];
  });
  const all: [string, string][] = [['node', readFileSync(nodeLicenseFile, 'utf8')], ...texts];
  return all.map(([name, text]) => `==== ${name}\n\n${text.trimEnd()}\n\n`).join('');
}
