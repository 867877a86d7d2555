// Which programs of the operating system the lab and the kernel tests need, and how they come onto the machine.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { CausewayError } from '../domain/error.ts';
import type { BackendKind } from './backend/choose.ts';
import { findVirtiofsd, qemuProgram } from './backend/qemu.ts';

export interface Need {
  readonly program: string;
  /** The Debian package that brings it. */
  readonly package: string;
  readonly present: () => boolean;
}

const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
const installTimeoutMs = 600_000;
const messageLines = 12;

function onPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...systemFolders];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/** What a user of the lab needs besides, for `ensureSystemPackages`. */
export function need(program: string, packageName: string, present = () => onPath(program)): Need {
  return { program, package: packageName, present };
}

/** The guest runs the host's programs, so these are needed whichever kernel it is. */
const always: readonly Need[] = [
  need('ip', 'iproute2'),
  need('tc', 'iproute2'),
  need('nft', 'nftables'),
  need('iptables-legacy', 'iptables'),
  need('ipvsadm', 'ipvsadm'),
  need('modprobe', 'kmod'),
  need('tcpdump', 'tcpdump'),
  need('unshare', 'util-linux'),
  need('ping', 'iputils-ping'),
  need('curl', 'curl'),
  need('sysctl', 'procps'),
  // What serves in the lab, what listens there for others, and who asks.
  need('nginx', 'nginx-light'),
  need('perl with Time::HiRes', 'perl', hasPerl),
];

const forVm: readonly Need[] = [
  need(qemuProgram, 'qemu-system-x86'),
  need('virtiofsd', 'virtiofsd', () => findVirtiofsd() !== undefined),
  need('busybox (static)', 'busybox-static', () => isStatic('/bin/busybox')),
  need('depmod', 'kmod'),
];

/** Debian always has `perl-base`, which lacks it. */
function hasPerl(): boolean {
  return spawnSync('perl', ['-MTime::HiRes', '-e', '1'], { stdio: 'ignore' }).status === 0;
}

/** A dynamic busybox cannot run in the initramfs: it names its loader in the first page. */
function isStatic(path: string): boolean {
  return existsSync(path) && !readFileSync(path).subarray(0, 4096).includes('/ld-linux');
}

function missingPrograms(kind: BackendKind, more: readonly Need[] = []): readonly Need[] {
  return [...always, ...(kind === 'vm' ? forVm : []), ...more].filter((one) => !one.present());
}

/**
 * Installs what is missing, as root on Debian or Ubuntu; elsewhere throws `unsupported` that names each program and
 * its Debian package. Says nothing and touches nothing where all is there.
 */
export async function ensureSystemPackages(
  kind: BackendKind,
  log: (line: string) => void,
  more: readonly Need[] = [],
): Promise<void> {
  if (kind === 'vm') requireVmHost();
  const missing = missingPrograms(kind, more);
  if (missing.length === 0) return;
  if (!isDebian() || process.getuid?.() !== 0) throw missingError(missing);
  const names = [...new Set(missing.map((one) => one.package))];
  log(`installing system packages: ${names.join(' ')} …`);
  await aptGet(['update', '-q']);
  const wanted = await installable(names);
  await withoutServices(wanted, () => aptGet(['install', '-q', '-y', '--no-install-recommends', ...wanted]));
  const still = missingPrograms(kind, more);
  if (still.length > 0) throw missingError(still);
  log('system packages installed');
}

function requireVmHost(): void {
  const obstacle =
    process.platform !== 'linux' || process.arch !== 'x64'
      ? `the lab's machine needs Linux on x86-64; this is ${process.platform} on ${process.arch}`
      : process.getuid?.() !== 0
        ? 'the lab shares this machine’s files with its own, which only root may: run it as root (sudo)'
        : undefined;
  if (obstacle === undefined) return;
  throw new CausewayError({ code: 'unsupported', operation: 'prepare the lab', message: obstacle });
}

function missingError(missing: readonly Need[]): CausewayError {
  const lines = missing.map((one) => `  ${one.program} (Debian package ${one.package})`);
  return new CausewayError({
    code: 'unsupported',
    operation: 'prepare the lab',
    message: `these programs are missing; install them and try again:\n${lines.join('\n')}`,
  });
}

function isDebian(): boolean {
  if (!existsSync('/etc/os-release') || !onPath('apt-get')) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** Debian 12 has virtiofsd inside qemu-system-common (which qemu-system-x86 brings), later ones as a package. */
async function installable(names: readonly string[]): Promise<string[]> {
  if (!names.includes('virtiofsd')) return [...names];
  const found = await promisify(execFile)('apt-cache', ['policy', 'virtiofsd']).catch(() => ({ stdout: '' }));
  const packaged = /Candidate: (?!\(none\))/.test(found.stdout);
  return names.map((name) => (name === 'virtiofsd' && !packaged ? 'qemu-system-common' : name));
}

/** Asked by the packages' scripts before they start anything (Debian: invoke-rc.d(8)). */
const servicePolicy = '/usr/sbin/policy-rc.d';
const forbidAll =
  '#!/bin/sh\n# Of the lab, while it installs packages: whose programs it needs, and not as services.\nexit 101\n';

/** By package: what it would start. */
const servicesOf: Readonly<Record<string, string>> = { 'nginx-light': 'nginx', bird2: 'bird', frr: 'frr' };

/** Nothing that is installed meanwhile starts as a service of this machine, now or with its next boot. */
async function withoutServices(packages: readonly string[], install: () => Promise<void>): Promise<void> {
  const services = packages.flatMap((name) => servicesOf[name] ?? []);
  // Who has a policy has thought of it.
  const ours = services.length > 0 && !existsSync(servicePolicy);
  if (ours) writeFileSync(servicePolicy, forbidAll, { mode: 0o755 });
  try {
    await install();
  } finally {
    if (ours) rmSync(servicePolicy, { force: true });
  }
  if (!ours) return;
  for (const service of services)
    await promisify(execFile)('update-rc.d', [service, 'disable']).catch(() => {});
}

/** apt-get's own words are shown only when it fails: its last lines say why. */
function aptGet(words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
      timeout: installTimeoutMs,
    });
    let said = '';
    const keep = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-8192);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const fail = (why: string): void =>
      reject(
        new CausewayError({
          code: 'unavailable',
          operation: `apt-get ${words[0] ?? ''}`,
          message: `${why}\n${said.trimEnd().split('\n').slice(-messageLines).join('\n')}`,
        }),
      );
    child.once('error', (error) => fail(error.message));
    child.once('close', (status, signal) => {
      if (status === 0) resolve();
      else fail(signal === null ? `ended with status ${status}` : `ended by ${signal}`);
    });
  });
}
