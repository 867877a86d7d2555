// The module terraform/modules/site, with certificates of the module pki, over a real sshd onto bare hosts on a kernel with IPVS and tunnels: what it
// brings up balances, through the tunnel, to both real servers; what it takes away leaves nothing in the kernel. Its other words: site-module.test.ts.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nginxConfiguration } from '../../src/lab/nginx.ts';
import { programVersion } from '../../src/runtime/version.ts';
import { openFolder, program } from '../terraform/acceptance/workplace.ts';
import { type DebianRoot, openDebianRoot } from './debian-root.ts';
import { type LabMachine, openLabMachine } from './lab-machine.ts';
import { type LiveSite, lean, openLiveSite, prepareForSsh, said, tunnelled, vip } from './live-site.ts';
import { readShipped } from './shipped.ts';

const { x64, debian = '', whyNotLive = '', lab } = readShipped(process.env);
const there = debian !== '' && whyNotLive === '' && lab !== undefined && program !== undefined;
const repository = join(import.meta.dirname, '../..');
/** Emulated, and on a machine that others use. */
const patienceMs = 240_000;
const lifeMs = 2_400_000;
const commandTimeoutMs = 900_000;
/** For the machine itself, others may come first. */
const turnTimeoutMs = 3_600_000;
const asks = 12;

const director = '10.1.0.2';
const hosts = {
  'fra-d1': { address: director, roles: ['coordinator', 'director'] },
  'fra-r1': { address: '10.1.0.11', roles: ['realserver'] },
  'fra-r2': { address: '10.1.0.12', roles: ['realserver'] },
} as const;
type Name = keyof typeof hosts;
const names = Object.keys(hosts) as Name[];

/** `hostKey`: of all of them, whose root is one. `second`: what fra-r2 serves. */
function text(place: string, hostKey: string, second: string): string {
  const wanted = names.map((name) => {
    const { address, roles } = hosts[name];
    const more = name === 'fra-d1' ? '' : `labels = { app = "${name === 'fra-r2' ? second : 'web'}" }`;
    return `    ${name} = { host_key = ${JSON.stringify(hostKey)}, address = "${address}", roles = ${JSON.stringify(roles)}, ${more} }`;
  });
  const bundles = names.map((name) => {
    const { address, roles } = hosts[name];
    return `    ${name} = { site = "fra", address = "${address}", roles = ${JSON.stringify(roles)}, coordinators = ["${director}"] }`;
  });
  return `module "pki" {
  source   = "../terraform/modules/pki"
  domain   = "causeway.example"
  causeway = "${x64}"
  hosts = {
${bundles.join('\n')}
  }
}
module "fra" {
  source               = "../terraform/modules/site"
  site                 = "fra"
  coordinators         = ["${director}"]
  bundles              = module.pki.bundles
  dist                 = "../dist"
  install              = "executable"
  release              = "${programVersion}"
  ssh_private_key_file = "${place}/key"
  ssh_timeout_seconds  = 120
  hosts = {
${wanted.join('\n')}
  }
}
`;
}

describe.skipIf(!there)(`the module site onto a kernel with IPVS, ${program?.title}`, () => {
  let place: string;
  let folder: string;
  let write: (second: string) => void;
  let root: DebianRoot;
  let machine: LabMachine;
  let site: LiveSite;
  const began = performance.now();
  const tell = (what: string): void =>
    console.log(`${what} after ${Math.round((performance.now() - began) / 1_000)} s`);

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'causeway-site-'));
    for (const copied of ['terraform', 'deploy'])
      cpSync(join(repository, copied), join(place, copied), { recursive: true });
    mkdirSync(join(place, 'dist/bin'), { recursive: true });
    symlinkSync(x64, join(place, `dist/bin/causeway-${programVersion}-linux-x64`));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', join(place, 'key')]);
    root = await openDebianRoot(debian);
    const made = await root.sh(lean('ssh.service'));
    expect(made.status, made.stderr).toBe(0);
    prepareForSsh(root.folder, readFileSync(join(place, 'key.pub'), 'utf8'), true);
    const ssh = join(root.folder, 'etc/ssh');
    const keys = readdirSync(ssh).filter((file) => /^ssh_host_.*_key\.pub$/.test(file));
    const hostKey = keys
      .map((file) => readFileSync(join(ssh, file), 'utf8'))
      .join('')
      .trim();

    // Certificates are made on the machine of whoever runs Terraform, which needs no such kernel for it.
    const here = openFolder(mkdtempSync(join(place, 'run-')), '/dev/null');
    folder = here.path;
    write = (second) => here.write(text(place, hostKey, second));
    write('web');
    expect(await here.run('init')).toMatchObject({ status: 0 });
    await here.apply('-target=module.pki');
    const alice = ['alice', 'admin/alice', '--coordinators', director];
    execFileSync(x64, ['pki', 'bundle', ...alice, '--place', join(folder, 'causeway-pki/bundles/alice')], {
      cwd: folder,
    });

    machine = await openLabMachine(lab ?? 'vm', tell);
    const addresses = Object.fromEntries(names.map((name) => [name, hosts[name].address]));
    site = await openLiveSite({ root: root.folder, there: machine.there, addresses, patienceMs, lifeMs });
    tell('systemd is up on all hosts');
  }, turnTimeoutMs);
  afterAll(async () => {
    await site?.close();
    await machine?.stop();
    root?.remove();
    if (place !== undefined) rmSync(place, { recursive: true, force: true });
  }, patienceMs);

  const host = (name: Name) => site.hosts.get(name) ?? expect.unreachable(name);
  const onLink = (line: string) =>
    said(machine.there([...site.onLink, 'sh', '-ec', line], { timeoutMs: commandTimeoutMs }));
  const terraform = (words: string) =>
    onLink(`cd '${folder}'; HOME=$PWD TF_CLI_CONFIG_FILE=/dev/null TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1 \
      exec '${program?.path}' ${words} -no-color`);
  /** What agents make in the kernel. A link's own local address comes when nobody else is found to have it: some time later. */
  async function inKernel(name: Name): Promise<string> {
    const routes = "ip route show table all | grep -v '^local fe80:'";
    const state = `nft list ruleset; ip -brief link; ip -brief address; ip rule; ${routes}`;
    const told = await said(
      host(name).beside(`${state}; grep -v ^IP /proc/net/ip_vs; ls /proc/sys/net/ipv4/conf`),
    );
    return told.replace(/(valid_lft|preferred_lft|expires) \S+/g, '$1');
  }
  const inKernels = (): Promise<string[]> => Promise.all(names.map(inKernel));
  let before: string[];
  const servedBy = (...answers: string[]) =>
    expect
      .poll(
        async () => {
          const ask = `curl -s -m 20 http://${vip}/ || true`;
          const heard = await onLink(`for i in $(seq ${asks}); do ${ask}; done`);
          return [...new Set(heard.trim().split('\n'))].toSorted();
        },
        { timeout: patienceMs },
      )
      .toEqual(answers);

  it(
    'brings up a site that balances a VIP through its tunnels; then there is nothing to do',
    async () => {
      before = await inKernels();
      await terraform('apply -auto-approve');
      tell('the site is up');
      for (const name of ['fra-r1', 'fra-r2'] as const) {
        const own = join(place, name);
        mkdirSync(own);
        writeFileSync(
          join(own, 'nginx.conf'),
          nginxConfiguration({ name, site: 'fra', port: 80, folder: own }),
        );
        await said(host(name).beside(`setsid nginx -p '${own}' -c '${own}/nginx.conf' >/dev/null 2>&1 &`));
      }
      writeFileSync(join(place, 'all.yaml'), tunnelled);
      await onLink(
        `cd '${folder}'; set -a; . causeway-pki/bundles/alice/admin.env; set +a; '${x64}' apply --no-wait -f '${place}/all.yaml'`,
      );
      await onLink(`ip route add ${vip}/32 via ${director}`);
      await servedBy('fra-r1 fra', 'fra-r2 fra');
      tell('a client is served by both');
      const table = await said(host('fra-d1').beside('cat /proc/net/ip_vs'));
      expect(table).toMatch(/-> 0A01000B:0050 +Tunnel/);
      expect(table).toMatch(/-> 0A01000C:0050 +Tunnel/);
      await terraform('plan -detailed-exitcode');
      tell('there is nothing to do');
    },
    commandTimeoutMs,
  );

  it(
    'a label that changes there changes who serves',
    async () => {
      write('shop');
      await terraform('apply -auto-approve');
      await servedBy('fra-r1 fra');
      write('web');
      await terraform('apply -auto-approve');
      await servedBy('fra-r1 fra', 'fra-r2 fra');
      tell('the second server has gone and come back');
    },
    commandTimeoutMs,
  );

  it(
    'destroyed, nothing of it is in the kernel of any host',
    async () => {
      await terraform('destroy -auto-approve');
      tell('the site is gone');
      expect(await inKernels()).toEqual(before);
      for (const name of names)
        expect(await said(host(name).sh('ls -A /etc/causeway /usr/bin/causeway* 2>/dev/null || true'))).toBe(
          '',
        );
    },
    commandTimeoutMs,
  );
});
