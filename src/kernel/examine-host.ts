/** How the doctor looks at a host: reading only, each question with a deadline; what can't be asked says why. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import type { Clock, Timer } from '../domain/clock.ts';
import { messageOf } from '../domain/error.ts';
import type {
  ExaminationQuestion,
  ExaminedByKernel,
  ModuleState,
  Seen,
  SettingFile,
} from '../domain/host-examination.ts';
import type { HostSurvey, SurveyQuestion } from '../domain/host-survey.ts';
import { isOwnDeviceName } from '../domain/tunnel.ts';
import type { Host } from './host.ts';

export interface ExaminedHost {
  readonly host: Pick<Host, 'survey' | 'sysctl' | 'nftTables'>;
  readonly clock: Clock;
  /** Where the host's own files are; `/` but for tests. */
  readonly root?: string;
}

const deadlineMs = 5_000;
/** nft and iptables-save have 5 s each for a listing, and there are several. */
const filtersMs = 20_000;
const linksAtMost = 256;
const littleAsked: SurveyQuestion = { ways: [], filtersOf: [] };
/** Others' rules are read in the background; this often it is looked whether they are there. */
const filtersLookMs = 100;

/** `ask` says what is asked of a host with these devices. `waitForFilters`: false takes what is known of others' rules by now. */
export async function examineHost(
  examined: ExaminedHost,
  ask: (links: readonly string[]) => ExaminationQuestion,
  waitForFilters = true,
): Promise<ExaminedByKernel> {
  const { host, clock, root = '/' } = examined;
  const first = await seen(clock, () => host.survey(littleAsked));
  const links = 'value' in first ? judgedLinks(first.value) : [];
  const question = ask(links);
  const whole = async (): Promise<HostSurvey> => {
    const untilMs = clock.monotonicMs() + filtersMs;
    const isRead = async () => (await host.survey(littleAsked)).filters !== undefined;
    while (waitForFilters && clock.monotonicMs() < untilMs && !(await isRead()))
      await new Promise<void>((resolve) => clock.after(filtersLookMs, resolve));
    return host.survey({ ways: question.ways, filtersOf: links });
  };
  const settings = await seen(clock, () => readSettings(host, question.settings));
  return {
    survey: 'unseen' in first ? first : await seen(clock, whole, deadlineMs + filtersMs),
    settings: 'value' in settings ? settings.value : new Map(),
    settingFiles: await seen(clock, () => readSettingFiles(root)),
    modules: await seen(clock, () => readModules(root, question.modules)),
    hasNft: await seen(clock, () => isProgramThere(root, 'nft')),
    tables: await seen(clock, async () => {
      const names = await host.nftTables();
      if (names === undefined) throw new Error('nftables does not tell: run as root (CAP_NET_ADMIN)');
      return names;
    }),
    provider: await seen(clock, () => readProvider(root)),
  };
}

/** Ours, and those by which others reach this host, come first: a host of containers has hundreds beside. */
function judgedLinks({ links, addresses }: HostSurvey): readonly string[] {
  const reached = new Set(addresses.filter(({ address }) => !isLinkLocal(address)).map(({ link }) => link));
  const isNear = ({ name }: HostSurvey['links'][number]) => isOwnDeviceName(name) || reached.has(name);
  const { true: near = [], false: others = [] } = Object.groupBy(links, (link) =>
    isNear(link) ? 'true' : 'false',
  );
  return [...near, ...others].slice(0, linksAtMost).map(({ name }) => name);
}

/** Every device with IPv6 has one. */
function isLinkLocal(address: string): boolean {
  return address.startsWith('fe80:');
}

async function seen<T>(clock: Clock, look: () => Promise<T>, withinMs = deadlineMs): Promise<Seen<T>> {
  let timer: Timer | undefined;
  const late = new Promise<Seen<T>>((resolve) => {
    timer = clock.after(withinMs, () => resolve({ unseen: `no answer within ${withinMs / 1_000} s` }));
  });
  const found = look().then(
    (value): Seen<T> => ({ value }),
    (error: unknown): Seen<T> => ({ unseen: messageOf(error) }),
  );
  const first = await Promise.race([found, late]);
  timer?.cancel();
  return first;
}

async function readSettings(
  host: ExaminedHost['host'],
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of names) {
    // One that may not be read is as one that is not there: what it decides is then not judged.
    const value = await host.sysctl(name).catch(() => undefined);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

/** Where files of the same name hide those of a later folder (sysctl.d(5)). */
const settingFolders = [
  'etc/sysctl.d',
  'run/sysctl.d',
  'usr/local/lib/sysctl.d',
  'usr/lib/sysctl.d',
  'lib/sysctl.d',
];
const settingFilesAtMost = 200;
const settingBytesAtMost = 64 << 10;

async function readSettingFiles(root: string): Promise<readonly SettingFile[]> {
  const places = new Map<string, string>();
  for (const folder of settingFolders) {
    const names = await readdir(join(root, folder)).catch(() => []);
    for (const name of names)
      if (name.endsWith('.conf') && !places.has(name)) places.set(name, `/${folder}/${name}`);
  }
  const paths = [...places].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  const files: SettingFile[] = [];
  for (const path of [...paths.slice(0, settingFilesAtMost), '/etc/sysctl.conf']) {
    const text = await textOf(join(root, path));
    if (text !== undefined) files.push({ path, text: text.slice(0, settingBytesAtMost) });
  }
  return files;
}

async function readModules(
  root: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, ModuleState>> {
  const states = new Map<string, ModuleState>();
  const unloaded: string[] = [];
  for (const name of names) {
    const isLoaded = await stat(join(root, 'sys/module', name)).then(
      () => true,
      () => false,
    );
    if (isLoaded) states.set(name, 'loaded');
    else unloaded.push(name);
  }
  if (unloaded.length === 0) return states;
  const folder = join(root, 'lib/modules', release());
  const [files, builtin] = [
    await textOf(join(folder, 'modules.dep')),
    await textOf(join(folder, 'modules.builtin')),
  ];
  if (files === undefined && builtin === undefined)
    throw new Error(
      `${folder} cannot be read, so nobody knows whether the kernel has ${unloaded.join(', ')}`,
    );
  const all = `${files ?? ''}\n${builtin ?? ''}`;
  for (const name of unloaded) {
    const hasFile = new RegExp(`(^|/)${name.replaceAll('_', '[-_]')}\\.ko`, 'm').test(all);
    states.set(name, hasFile ? 'available' : 'missing');
  }
  return states;
}

/** Of every machine of Azure (systemd's detect-virt knows it too); the vendor alone may be anybody's Hyper-V. */
const azureTag = '7783-7084-3265-9085-8269-3286-77';

async function readProvider(root: string): Promise<'aws' | 'gcp' | 'azure' | 'other'> {
  const read = async (name: string) => (await textOf(join(root, 'sys/class/dmi/id', name)))?.trim() ?? '';
  const [vendor, product, tag] = [
    await read('sys_vendor'),
    await read('product_name'),
    await read('chassis_asset_tag'),
  ];
  if (vendor.startsWith('Amazon') || product.startsWith('Amazon')) return 'aws';
  if (product.startsWith('Google Compute Engine')) return 'gcp';
  return tag === azureTag ? 'azure' : 'other';
}

const programFolders = ['usr/sbin', 'sbin', 'usr/local/sbin', 'usr/bin', 'bin', 'usr/local/bin'];

async function isProgramThere(root: string, program: string): Promise<boolean> {
  for (const folder of programFolders) {
    const isThere = await stat(join(root, folder, program)).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
