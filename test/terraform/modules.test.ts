/** The modules and examples say of themselves what is so, and are whole, as far as text tells; under Terraform: acceptance/. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageDescriptions } from '../../deploy/packages/description.ts';
import { blocksOf, moduleReadmes } from '../../terraform/module-tables.ts';

const root = join(import.meta.dirname, '../..');
const terraform = join(root, 'terraform');
const read = (path: string): string => readFileSync(join(terraform, path), 'utf8');
const folders = globSync('{modules,examples}/**/*.tf', { cwd: terraform })
  .map((file) => dirname(file))
  .filter((folder, index, all) => all.indexOf(folder) === index)
  .toSorted();

it('the tables in READMEs are those of the code (else: node terraform/generate-docs.ts)', () => {
  const readmes = moduleReadmes();
  expect([...readmes.keys()].map((file) => dirname(file))).toEqual(
    ['cloud-init', 'configuration', 'pki', 'site'].map((name) => join(terraform, 'modules', name)),
  );
  for (const [file, { found, current }] of readmes) expect(found, file).toBe(current);
});

describe.each(folders)('%s', (folder) => {
  const texts = globSync('*.tf', { cwd: join(terraform, folder) }).map((file) => read(join(folder, file)));
  const text = texts.join('\n');

  it('describes each variable and output', () => {
    const blocks = (['variable', 'output'] as const).flatMap((kind) =>
      [...text.matchAll(new RegExp(`^${kind} "(\\w+)" \\{\\n(.*?)^\\}$`, 'gms'))].map(
        ([, name, body = '']) => [name, /^ {2}description\s*= (?:"\S|<<)/m.test(body)] as const,
      ),
    );
    expect(blocks.filter(([, isDescribed]) => !isDescribed)).toEqual([]);
  });

  it('uses each variable that it takes, and takes each that it uses', () => {
    const declared = [...text.matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name);
    const code = text.replace(/^variable "\w+" \{\n.*?^\}$/gms, '');
    const used = [...code.matchAll(/\bvar\.(\w+)/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(declared));
  });

  it('needs no provider, unless it is an example of a cloud', () => {
    const providers = [...text.matchAll(/^ {4}(\w+)\s*= \{ source = /gm)].map(([, name]) => name);
    expect(providers).toEqual({ 'examples/aws': ['aws'], 'examples/gcp': ['google'] }[folder] ?? []);
    if (folder.startsWith('modules/')) expect(text).not.toMatch(/^resource "(?!terraform_data")/m);
  });
});

it('the hosts of all modules are described by the same words', () => {
  const configuration = blocksOf(join(terraform, 'modules/configuration'), 'variable');
  for (const module of ['site', 'cloud-init']) {
    const own = new Map(
      blocksOf(join(terraform, 'modules', module), 'variable').map((one) => [one.name, one]),
    );
    for (const one of configuration.filter(({ name }) => name !== 'hosts'))
      expect(own.get(one.name), `${module}: ${one.name}`).toEqual(one);
  }
});

it.each(['modules/site/main.tf', 'modules/cloud-init/main.tf'])(
  '%s loads the modules that packages load',
  (file) => {
    const [, found = ''] = /^ {2}modules\s*= \{(.*)\}$/m.exec(read(file)) ?? [];
    const listed = Object.fromEntries(
      [...found.matchAll(/(\w+) = \[(.*?)\]/g)].map(([, role = '', names = '']) => [
        role,
        [...names.matchAll(/"(\w+)"/g)].map(([, name]) => name),
      ]),
    );
    const services = packageDescriptions('1').filter(({ role }) => role !== undefined);
    expect(listed).toEqual(Object.fromEntries(services.map(({ role, modules }) => [role, modules])));
  },
);

describe('examples of clouds let through what LVS/TUN needs', () => {
  const aws = read('examples/aws/main.tf');
  const google = read('examples/gcp/main.tf');

  it('addresses that are not the machine’s, on every machine', () => {
    expect(aws.match(/^resource "aws_instance"/gm)).toHaveLength(2);
    expect(aws.match(/^ {2}source_dest_check\s*= false$/gm)).toHaveLength(2);
    expect(google.match(/^resource "google_compute_instance"/gm)).toHaveLength(1);
    expect(google.match(/^ {2}can_ip_forward = true$/gm)).toHaveLength(1);
  });

  it('protocols 4 and 47 to real servers, probe replies from the VIP to directors', () => {
    expect(aws).toContain('["4", "47"]');
    expect([...google.matchAll(/protocol = "(\d+)"/g)].map(([, number]) => number)).toEqual(['4', '47']);
    for (const text of [aws, google]) expect(text).toContain('$' + '{var.vip}/32');
  });
});
