/** A real etcd on the loopback, of one member or several, that a test can kill, stop, start again, or fill with another's past. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type EtcdPrograms, findEtcd } from '../../src/lab/etcd-programs.ts';
import { etcdctl } from './etcdctl.ts';
import { type Gate, openGate } from './gate.ts';

export interface EtcdMember {
  /** `http://127.0.0.1:PORT`, or https where it has certificates. */
  readonly endpoint: string;
  /** Between it and whoever of the others calls it, by `id`; only where it was asked for. */
  readonly peers: Gate | undefined;
  /** By which it calls others; empty without gates. */
  readonly id: string;
  /** SIGKILL; resolves when it is gone. Its folder stays. */
  kill(): Promise<void>;
  /** SIGSTOP; resolves when none of its threads runs any more. */
  stop(): Promise<void>;
  /** SIGCONT. */
  goOn(): void;
  /** After `kill`: what it had is replaced by what a snapshot of `etcdctl snapshot save` has. Of a cluster of one. */
  restore(snapshot: string, flags?: readonly string[]): Promise<void>;
  /** After `kill`; resolves when it answers, or at once with `isAlone`: others may be missing for that. */
  start(options?: { readonly isAlone?: boolean; readonly flags?: readonly string[] }): Promise<void>;
}

export interface EtcdCluster {
  readonly members: readonly EtcdMember[];
  readonly endpoints: readonly string[];
  readonly folder: string;
  dispose(): Promise<void>;
}

export interface EtcdClusterOptions {
  readonly size?: number;
  readonly flags?: readonly string[];
  readonly scheme?: 'http' | 'https';
  /** Members reach each other through gates. */
  readonly gates?: boolean;
}

const readyMs = 60_000;

/** Undefined where there is none: such tests are skipped, and `npm test` says why. */
export const etcdPrograms = findEtcd();

export async function startEtcd(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
  const { size = 1, scheme = 'http', gates = false } = options;
  if (etcdPrograms === undefined) throw new Error('there is no etcd in the cache: npm test fetches it');
  const folder = mkdtempSync(join(tmpdir(), 'causeway-etcd-'));
  const ports = await freePorts(size * 2);
  const ids = new Map<string, string>();
  const places: Place[] = [];
  for (let index = 0; index < size; index++) {
    const listen = `http://127.0.0.1:${ports[index * 2 + 1]}`;
    const gate = gates ? await openGate(listen, { caller: idOfCaller }) : undefined;
    places.push({
      ...{ name: `m${index}`, client: `${scheme}://127.0.0.1:${ports[index * 2]}`, listen, gate },
      peer: gate?.endpoint ?? listen,
    });
  }
  const initial = places.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const members = places.map((place) =>
    member(etcdPrograms as EtcdPrograms, folder, place, { ...options, initial, ids }),
  );
  await Promise.all(members.map((one) => one.start()));
  const endpoints = places.map(({ client }) => client);
  if (gates) for (const [name, id] of await memberIds(endpoints)) ids.set(name, id);
  return {
    members,
    endpoints,
    folder,
    async dispose() {
      await Promise.all(members.map((one) => one.kill()));
      await Promise.all(places.map(({ gate }) => gate?.dispose()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly name: string;
  readonly client: string;
  readonly listen: string;
  /** Where the others reach it. */
  readonly peer: string;
  readonly gate: Gate | undefined;
}

interface MemberOptions extends Pick<EtcdClusterOptions, 'flags'> {
  readonly initial: string;
  /** By name. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Members say who they are with all that they ask of each other (rafthttp: X-Server-From). */
function idOfCaller(_: string, first: Buffer): string {
  return /^x-server-from: (\w+)/im.exec(first.toString('latin1'))?.[1] ?? '';
}

/** By name. */
async function memberIds(endpoints: readonly string[]): Promise<(readonly [string, string])[]> {
  const list = await etcdctl({ endpoints }, ['member', 'list']);
  return [...list.matchAll(/^(\w+), \w+, (\w+),/gm)].map(([, id = '', name = '']) => [name, id] as const);
}

function member(
  { etcd, etcdutl }: EtcdPrograms,
  folder: string,
  { name, client, listen, peer, gate }: Place,
  { flags: base = [], initial, ids }: MemberOptions,
): EtcdMember {
  let child: ChildProcess | undefined;
  let said = '';
  const words = [
    ...['--name', name, '--data-dir', join(folder, name), '--logger', 'zap', '--log-level', 'warn'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', listen, '--initial-advertise-peer-urls', peer, '--initial-cluster', initial],
    // What the machine loses when its power fails is nothing that a test asks for.
    '--unsafe-no-fsync',
  ];
  return {
    ...{ endpoint: client, peers: gate },
    get id() {
      return ids.get(name) ?? '';
    },
    async kill() {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const gone = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGKILL');
      await gone;
    },
    async restore(snapshot, flags = []) {
      rmSync(join(folder, name), { recursive: true });
      const place = ['--name', name, '--data-dir', join(folder, name)];
      const peers = ['--initial-cluster', initial, '--initial-advertise-peer-urls', peer];
      const argv = ['snapshot', 'restore', snapshot, ...place, ...peers, ...flags];
      await promisify(execFile)(etcdutl, argv, { timeout: readyMs });
    },
    async stop() {
      child?.kill('SIGSTOP');
      const tasks = `/proc/${child?.pid}/task`;
      const isStopped = (task: string): boolean =>
        /^State:\s+T/m.test(readFileSync(join(tasks, task, 'status'), 'utf8'));
      while (!readdirSync(tasks).every(isStopped)) await new Promise((resolve) => setImmediate(resolve));
    },
    goOn: () => void child?.kill('SIGCONT'),
    async start({ isAlone = false, flags = [] } = {}) {
      said = '';
      child = spawn(etcd, [...words, ...base, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr?.on('data', (chunk: Buffer) => {
        said = `${said}${chunk}`.slice(-4_000);
      });
      if (!isAlone) await answering(client, () => (child?.exitCode === null ? undefined : said));
    },
  };
}

/** By the log alone where its TLS keeps a test's client out: then what listens is enough. */
async function answering(endpoint: string, died: () => string | undefined): Promise<void> {
  const until = performance.now() + readyMs;
  for (;;) {
    const reason = died();
    if (reason !== undefined) throw new Error(`etcd ended: ${reason}`);
    const health = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(2_000) }).catch(
      (error: unknown) => (isTlsRefusal(error) ? 'listens' : undefined),
    );
    if (health === 'listens' || (health !== undefined && typeof health !== 'string' && health.ok)) return;
    if (performance.now() > until) throw new Error(`no etcd answers at ${endpoint}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function isTlsRefusal(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^(ERR_SSL|ERR_TLS|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(code);
}

/** Free a moment ago, each once. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
