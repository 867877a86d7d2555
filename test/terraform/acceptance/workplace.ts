/** A coordinator that asks for certificates, and folders in which Terraform runs beside it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { bundleScript } from '../../../deploy/executable/bundle.ts';
import { type AdminClient, connectAdmin } from '../../../src/api/admin-client.ts';
import { connectAgent } from '../../../src/api/agent-client.ts';
import { type Coordinator, startCoordinator } from '../../../src/coordinator/coordinator.ts';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { programVersion } from '../../../src/runtime/version.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { unzip } from '../../deploy/unzip.ts';
import { materialOf, testAuthority } from '../../pki/certificates.ts';
import { findTerraform } from '../program.ts';

export const source = 'causeway.internal/causeway/causeway';
const root = join(import.meta.dirname, '../../..');
const commandTimeoutMs = 240_000;

/** Undefined: nothing here can be tried. */
export const program = await findTerraform();

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  /** Both streams, as a person sees them, without the frames around errors. */
  readonly said: string;
}

export interface Run {
  readonly ended: Promise<Ended>;
  interrupt(): void;
}

/** One configuration, with its state. */
export interface Folder {
  readonly path: string;
  write(text: string): void;
  start(...words: readonly string[]): Run;
  run(...words: readonly string[]): Promise<Ended>;
  /** `terraform plan`: 0: nothing to do; 2: something. Throws where it fails. */
  plan(...words: readonly string[]): Promise<number>;
  /** Throws where it fails. */
  apply(...words: readonly string[]): Promise<Ended>;
  /** Attributes of a resource in the state; undefined: it is not there. */
  state(
    address: string,
  ): { readonly values: Record<string, unknown>; readonly isTainted: boolean } | undefined;
}

export interface Workplace {
  readonly folder: string;
  readonly address: string;
  readonly admin: AdminClient;
  /** A `provider` block that reaches the coordinator. `more`: attributes. */
  provider(more?: string): string;
  /** The certificate of an identity, made so many days ago. */
  issue(
    path: string,
    daysAgo?: number,
  ): Promise<{ readonly cert: string; readonly key: string; readonly ca: string }>;
  /**
   * How it is found: through `dev_overrides`, or in a mirror of the file system, which `init` reads. `home`: in the folder that is always looked into,
   * which whoever calls fills; the folder is the user's home.
   */
  open(how?: 'override' | 'mirror' | 'home', env?: Readonly<Record<string, string>>): Folder;
  /** A director, which answers each snapshot as `judge` says: undefined applies it, a promise keeps it waiting. */
  director(name: string, judge: () => string | Promise<void> | undefined): Promise<void>;
  dispose(): Promise<void>;
}

/** `archive`: of the provider, as it is released; absent: as it stands in the source tree. */
export async function openWorkplace(archive?: string): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-terraform-'));
  const ca = await testAuthority();
  const store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  const own = { role: 'coordinator', site: 'fra', name: 'c1' } as const;
  const coordinator: Coordinator = await startCoordinator({
    ...{ name: 'c1', listen: '127.0.0.1:0', store, clock: realClock, randomBytes },
    tls: { files: await ca.issue('coordinator/fra/c1'), own },
    log: createLog('test', 'silent'),
  });
  const at = `127.0.0.1:${coordinator.port}`;
  const files = await ca.issue('admin/terraform');
  const admin = connectAdmin({
    address: at,
    timeoutMs: 20_000,
    tls: materialOf(await ca.issue('admin/test')),
  });
  const closing: (() => unknown)[] = [() => admin.close()];
  const config = archive === undefined ? await sourceConfigs(folder) : archiveConfigs(folder, archive);

  return {
    folder,
    address: at,
    admin,
    issue: (path, daysAgo) => ca.issue(path, daysAgo),
    provider: (more = '') => `terraform {
  required_providers {
    causeway = { source = "${source}" }
  }
}
provider "causeway" {
  coordinators = ["${at}"]
  tls_cert     = "${files.cert}"
  tls_key      = "${files.key}"
  tls_ca       = "${files.ca}"${more === '' ? '' : `\n  ${more}`}
}
`,
    open: (how = 'override', env = {}) => openFolder(mkdtempSync(join(folder, 'run-')), config[how], env),
    async director(name, judge) {
      const tls = materialOf(await ca.issue(`director/fra/${name}`));
      let held: Snapshot | undefined;
      let isConnected = false;
      const address = `10.1.0.${1 + closing.length}`;
      const link = connectAgent({
        coordinators: [at],
        hello: () => ({
          ...{ role: 'director', name, site: 'fra', address, prefixLength: 24 },
          programVersion: 'test',
        }),
        held: () => held,
        onState: (connected) => {
          isConnected = connected;
        },
        async onSnapshot(snapshot) {
          const judged = judge();
          if (typeof judged === 'string') return link.refuse(snapshot.version, judged);
          await judged;
          held = snapshot;
          link.acknowledge(snapshot.version);
        },
        clock: realClock,
        random: Math.random,
        tls: () => tls,
      });
      closing.push(() => link.close());
      while (!isConnected) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    async dispose() {
      for (const close of closing.splice(0)) await close();
      await coordinator.close();
      await store.close();
      ca.remove();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Files by which Terraform finds the provider, each way. */
interface Configs {
  readonly override: string;
  readonly mirror: string;
  /** An empty one. */
  readonly home: string;
}

const platform = `linux_${process.arch === 'x64' ? 'amd64' : process.arch}`;

/** As it stands in the source tree, as a program that Terraform can start: one file, since it is started often. */
async function sourceConfigs(folder: string): Promise<Configs> {
  const { script } = await bundleScript(root);
  const file = join(folder, 'causeway.cjs');
  writeFileSync(file, script);
  const write = (path: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${file}' terraform-provider "$@"\n`);
    chmodSync(path, 0o755);
  };
  const mirror = join(folder, 'mirror');
  write(join(folder, 'programs', 'terraform-provider-causeway'));
  write(join(mirror, source, programVersion, platform, `terraform-provider-causeway_v${programVersion}`));
  return configs(folder, join(folder, 'programs'), mirror);
}

function archiveConfigs(folder: string, archive: string): Configs {
  const [programs, mirror] = [join(folder, 'programs'), join(folder, 'mirror')];
  mkdirSync(join(mirror, source), { recursive: true });
  copyFileSync(archive, join(mirror, source, basename(archive)));
  mkdirSync(programs);
  for (const { name, bytes, mode } of unzip(readFileSync(archive)))
    writeFileSync(join(programs, name), bytes, { mode });
  return configs(folder, programs, mirror);
}

function configs(folder: string, programs: string, mirror: string): Configs {
  const write = (name: string, installation: string): string => {
    const file = join(folder, `${name}.tfrc`);
    writeFileSync(file, installation === '' ? '' : `provider_installation {\n${installation}}\n`);
    return file;
  };
  return {
    override: write('override', `  dev_overrides {\n    "${source}" = "${programs}"\n  }\n  direct {}\n`),
    mirror: write('mirror', `  filesystem_mirror {\n    path = "${mirror}"\n  }\n`),
    home: write('home', ''),
  };
}

/** `config`: the file by which Terraform finds providers. `before`: words before those of each command, such as `ip netns exec NAME`. */
export function openFolder(
  path: string,
  config: string,
  env: Readonly<Record<string, string>> = {},
  before: readonly string[] = [],
): Folder {
  const start = (...words: readonly string[]): Run =>
    startProgram(path, [...before, program?.path ?? '', ...words], { TF_CLI_CONFIG_FILE: config, ...env });
  const run = (...words: readonly string[]): Promise<Ended> => start(...words).ended;
  const needed = async (words: readonly string[], well: readonly number[]): Promise<Ended> => {
    const ended = await run(...words);
    if (ended.status === null || !well.includes(ended.status))
      throw new Error(`${words.join(' ')} ended with ${ended.status}:\n${ended.said}`);
    return ended;
  };
  return {
    path,
    write: (text) => writeFileSync(join(path, 'main.tf'), text),
    start,
    run,
    plan: async (...words) => (await needed(['plan', '-detailed-exitcode', ...words], [0, 2])).status ?? -1,
    apply: (...words) => needed(['apply', '-auto-approve', ...words], [0]),
    state(address) {
      const file = join(path, 'terraform.tfstate');
      if (!existsSync(file)) return undefined;
      const { resources } = JSON.parse(readFileSync(file, 'utf8'));
      const found = resources.find(
        ({ mode, type, name }: Record<string, string>) => mode === 'managed' && `${type}.${name}` === address,
      );
      const [instance] = found?.instances ?? [];
      if (instance === undefined) return undefined;
      return { values: instance.attributes, isTainted: instance.status === 'tainted' };
    },
  };
}

function startProgram(
  cwd: string,
  [first = '', ...words]: readonly string[],
  env: Readonly<Record<string, string>>,
): Run {
  const child = spawn(first, words, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // In a group of its own, as a terminal's: an interruption reaches the provider as well.
    detached: true,
    timeout: commandTimeoutMs,
    killSignal: 'SIGKILL',
    env: {
      PATH: process.env.PATH,
      HOME: cwd,
      USER: 'ada',
      ...env,
      TF_CLI_ARGS: '-no-color',
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
    },
  });
  let stdout = '';
  let both = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
    both += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    both += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) =>
      resolve({ status, stdout, said: both.replace(/^[╷│╵] ?/gm, '').replace(/\n(?=\S)/g, ' ') }),
    );
  });
  return { ended, interrupt: () => void (child.pid && process.kill(-child.pid, 'SIGINT')) };
}
