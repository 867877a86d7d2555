/**
 * The module `site`, with certificates of the module `pki`, applied, changed, upgraded and destroyed over real SSH: four hosts, whose coordinator is
 * the real one. Agents are stand-ins, since there is no kernel for them here.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSshNet, type SshHost, type SshNet, sshPort } from './ssh-host.ts';
import { writeStandIns } from './stand-in-programs.ts';
import { whyNoSshHosts } from './why-no-ssh-hosts.ts';
import { type Folder, openFolder, program } from './workplace.ts';

const root = join(import.meta.dirname, '../../..');
const why = whyNoSshHosts();
if (program !== undefined && why !== undefined)
  process.stdout.write(`the module site is not tried: ${why}\n`);

interface Wanted {
  readonly roles: readonly string[];
  readonly more?: string;
}

describe.skipIf(program === undefined || why !== undefined)(`hosts over SSH under ${program?.title}`, () => {
  let place: string;
  let net: SshNet;
  let here: Folder;
  let command: string;
  const hosts = new Map<string, SshHost>();
  const host = (name: string): SshHost => hosts.get(name) ?? expect.unreachable(name);

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'causeway-site-'));
    for (const folder of ['terraform', 'deploy'])
      cpSync(join(root, folder), join(place, folder), { recursive: true });
    net = openSshNet(place);
    const names = ['fra-c1', 'fra-d2', 'fra-r1', 'fra-r2'];
    for (const [index, name] of names.entries()) hosts.set(name, await net.host(name, 11 + index));
    command = await writeStandIns(join(place, 'dist'), ['0.1.0', '0.2.0'], join(place, 'happened'));
    here = openFolder(mkdtempSync(join(place, 'run-')), '/dev/null');
  });
  afterAll(async () => {
    await net.close();
    rmSync(place, { recursive: true, force: true });
  });

  const everybody: Readonly<Record<string, Wanted>> = {
    'fra-c1': { roles: ['coordinator', 'director'] },
    'fra-d2': { roles: ['director'] },
    'fra-r1': { roles: ['realserver'], more: 'labels = { app = "web" }' },
    'fra-r2': { roles: ['realserver'], more: 'labels = { app = "web" }' },
  };
  function text(wanted: Readonly<Record<string, Wanted>>, release = '0.1.0'): string {
    const list = Object.entries(wanted).map(([name, { roles, more: own = '' }]) => {
      const { address, hostKey } = host(name);
      return `    ${name} = { ssh_host = "${address}", host_key = "${hostKey}", address = "${address}", http_address = "${address}", roles = ${JSON.stringify(roles)}, ${own} }`;
    });
    return `module "pki" {
  source   = "../terraform/modules/pki"
  domain   = "causeway.example"
  causeway = "${command}"
  hosts = {
${Object.entries(everybody)
  .map(
    ([name, { roles }]) =>
      `    ${name} = { site = "fra", address = "${host(name).address}", roles = ${JSON.stringify(roles)}, coordinators = ["127.1.0.11"] }`,
  )
  .join('\n')}
  }
}
module "fra" {
  source               = "../terraform/modules/site"
  site                 = "fra"
  coordinators         = ["127.1.0.11"]
  bundles              = module.pki.bundles
  dist                 = "../dist"
  install              = "executable"
  release              = "${release}"
  ssh_port             = ${sshPort}
  ssh_timeout_seconds  = 20
  host_timeout_seconds = 60
  ssh_private_key_file = "${net.key}"
  hosts = {
${list.join('\n')}
  }
}
`;
  }
  /** Hosts in the order of what happened there, each once if it was all done at a time. */
  const turns = (): string[] =>
    net
      .happened()
      .map((line) => line.split(':')[0] ?? '')
      .filter((name, index, all) => name !== all[index - 1]);
  const versions = (): string[] =>
    [...hosts.values()].map((one) => {
      try {
        return one.run('/usr/bin/causeway --version').trim();
      } catch {
        return 'none';
      }
    });

  it('is refused whole before anything is changed, where one host is not fit, not to be reached, not who it is, or does not know us', async () => {
    const refused = async (wrong: (text: string) => string): Promise<string> => {
      const folder = openFolder(mkdtempSync(join(place, 'run-')), '/dev/null');
      const plain = text(everybody)
        .replace(/module "pki" \{\n.*?^\}\n/ms, '')
        .replace('bundles              = module.pki.bundles', 'insecure = true')
        .replace('ssh_timeout_seconds  = 20', 'ssh_timeout_seconds  = 5');
      folder.write(wrong(plain));
      await folder.run('init');
      const { status, said } = await folder.run('apply', '-auto-approve');
      expect(status, said).toBe(1);
      return said.replace(/\s+/g, ' ');
    };
    host('fra-r2').run('printf "ipip\\nip_gre\\n" > /etc/missing-modules');
    const unfit = await refused((all) => all);
    expect(unfit).toMatch(/fra-r2: not fit for realserver, nothing was changed:/);
    expect(unfit).toMatch(/has no module ipip, without which a realserver can do nothing/);
    host('fra-r2').run('rm /etc/missing-modules');

    const { hostKey, address } = host('fra-r1');
    expect(await refused((all) => all.replace(hostKey, host('fra-r2').hostKey))).toContain(
      'knownhosts: key mismatch',
    );
    expect(await refused((all) => all.replace(net.key, net.strangersKey))).toContain(
      'unable to authenticate',
    );
    expect(
      await refused((all) => all.replace(`ssh_host = "${address}"`, 'ssh_host = "127.1.0.99"')),
    ).toContain('127.1.0.99:2222: connect: connection refused');
    expect(await refused((all) => all.replace('"0.1.0"', '"9.9.9"'))).toContain(
      'fra-c1: there is no ../dist/bin/causeway-9.9.9-linux-x64. Of Causeway ../dist has release 0.1.0, 0.2.0.',
    );
    expect(net.happened()).toEqual([]);
    expect(versions()).toEqual(['none', 'none', 'none', 'none']);
  });

  it('one host after the other comes up, coordinators first, directors last; then there is nothing to do, and no key in the state', async () => {
    here.write(text(everybody));
    await here.run('init');
    await here.apply();
    expect(versions()).toEqual(['0.1.0', '0.1.0', '0.1.0', '0.1.0']);
    expect(turns()).toHaveLength(4);
    expect([turns()[0], turns()[3]]).toEqual(['fra-c1', 'fra-d2']);
    expect(host('fra-c1').run('stat -c "%a %n" /etc/causeway/*')).toBe(
      [
        ...[
          '600 /etc/causeway/ca.pem',
          '600 /etc/causeway/coordinator.key',
          '600 /etc/causeway/coordinator.pem',
        ],
        ...[
          '644 /etc/causeway/coordinator.yaml',
          '600 /etc/causeway/denied',
          '600 /etc/causeway/director.key',
        ],
        ...['600 /etc/causeway/director.pem', '644 /etc/causeway/director.yaml', ''],
      ].join('\n'),
    );
    expect(host('fra-r1').run('ls -A /root | grep causeway || true; ls /etc/systemd/system/*.enabled')).toBe(
      '/etc/systemd/system/causeway-realserver.service.enabled\n/etc/systemd/system/causeway-realserver.socket.enabled\n',
    );
    expect(readFileSync(join(here.path, 'terraform.tfstate'), 'utf8')).not.toContain('PRIVATE KEY');
    net.forget();
    expect(await here.plan()).toBe(0);
  });

  it('another label is one restart on one host', async () => {
    here.write(
      text({ ...everybody, 'fra-r1': { roles: ['realserver'], more: 'labels = { app = "shop" }' } }),
    );
    await here.apply();
    expect(net.happened()).toEqual([
      ...[
        'fra-r1: daemon-reload',
        'fra-r1: restart causeway-realserver.service',
        'fra-r1: well as realserver',
      ],
    ]);
    expect(host('fra-r1').read('/etc/causeway/realserver.yaml')).toContain('"app": "shop"');
    here.write(text(everybody));
    await here.apply();
    net.forget();
  });

  it('an upgrade ends at the first host that does not become well; the next apply goes on there', async () => {
    for (const name of ['fra-r1', 'fra-r2'])
      host(name).run('echo "the kernel could not be brought to what is wanted" > /etc/trouble');
    here.write(text(everybody, '0.2.0').replace('host_timeout_seconds = 60', 'host_timeout_seconds = 15'));
    const ended = await here.run('apply', '-auto-approve');
    expect(ended.status).toBe(1);
    expect(ended.said).toMatch(
      /causeway-realserver\s+is\s+installed\s+but\s+not\s+well:\s+the\s+kernel\s+could\s+not/,
    );
    expect(ended.said).toMatch(/fra-r[12] was left as it is: fra-r[12], whose turn came before/);
    const [coordinator, director, ...realServers] = versions();
    expect({ coordinator, director, realServers: realServers.toSorted() }).toEqual({
      coordinator: '0.2.0',
      director: '0.1.0',
      realServers: ['0.1.0', '0.2.0'],
    });
    for (const name of ['fra-r1', 'fra-r2']) host(name).run('rm /etc/trouble');
    net.forget();
    here.write(text(everybody, '0.2.0'));
    await here.apply();
    expect(versions()).toEqual(['0.2.0', '0.2.0', '0.2.0', '0.2.0']);
    expect(turns().filter((name) => name === 'fra-c1')).toEqual([]);
    expect(await here.plan()).toBe(0);
    net.forget();
  });

  it('a role, and a host, that is no more wanted is cleaned up; where that fails it is tried again', async () => {
    const { 'fra-r2': gone, ...rest } = everybody;
    expect(gone).toBeDefined();
    const fewer = { ...rest, 'fra-c1': { roles: ['coordinator'] } };
    host('fra-r2').run('touch /etc/no-cleanup');
    here.write(text(fewer, '0.2.0'));
    const stuck = await here.run('apply', '-auto-approve');
    expect(stuck.said).toMatch(/EBUSY/);
    expect(stuck.said).toMatch(/fra-r2:\s+causeway-realserver\s+is\s+stopped,\s+but\s+what\s+it\s+made/);
    expect(host('fra-r2').run('ls /usr/bin/causeway-realserver')).toContain('causeway-realserver');
    host('fra-r2').run('rm /etc/no-cleanup');
    await here.apply();
    expect(net.happened()).toContain('fra-r2: cleanup realserver');
    expect(net.happened()).toContain('fra-c1: cleanup director');
    expect(host('fra-r2').run('ls -A /etc/causeway /usr/bin/causeway* 2>/dev/null || true')).toBe('');
    expect(host('fra-c1').run('ls /usr/bin/causeway* /etc/causeway')).toMatch(
      /^\/usr\/bin\/causeway\n\/usr\/bin\/causeway-coordinator\n\n\/etc\/causeway:\nca.pem\ncoordinator.key/,
    );
    expect(await here.plan()).toBe(0);
    net.forget();
  });

  it('destroyed, directors first, nothing is left but the coordinator’s store', async () => {
    expect((await here.run('destroy', '-auto-approve')).status).toBe(0);
    const stops = net.happened().filter((line) => line.includes(': stop') && line.endsWith('.service'));
    expect(stops).toEqual([
      'fra-d2: stop causeway-director.service',
      'fra-r1: stop causeway-realserver.service',
      'fra-c1: stop causeway-coordinator.service',
    ]);
    expect(net.happened()).toContain('fra-d2: cleanup director');
    for (const one of hosts.values())
      expect(
        one.run('ls -A /etc/causeway /usr/bin/causeway* /lib/systemd/system/causeway* 2>/dev/null || true'),
      ).toBe('');
    expect(host('fra-c1').run('ls /var/lib/causeway')).toBe('coordinator\n');
  });
});
