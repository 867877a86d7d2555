/** Coordinators as processes on a real etcd, each with gates between it and every member, and between it and whoever calls it. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type AdminClient, connectAdmin } from '../../src/api/admin-client.ts';
import type { EtcdCluster } from '../etcd/cluster.ts';
import { type Gate, openGate } from '../etcd/gate.ts';

/** What a process is told at its start. */
export interface CoordinatorOrders {
  readonly name: string;
  readonly site: string;
  readonly etcd: readonly string[];
  /** Where agents and other coordinators reach it. */
  readonly address: string;
  /** Its state directory. */
  readonly folder: string;
}

/** Shorter than in earnest, for nobody has time; their order is the same. */
export const timing = {
  etcd: { attemptMs: 700, progressMs: 250, silenceMs: 1_500 },
  leaseMs: 2_000,
  tickMs: 500,
} as const;

export interface CoordinatorProcess {
  readonly name: string;
  readonly site: string;
  /** Of its gate. */
  readonly address: string;
  readonly admin: AdminClient;
  /** Between it and whoever calls it. */
  readonly callers: Gate;
  /** Between it and etcd: one a member. */
  readonly store: readonly Gate[];
  /** What it has logged by now, a JSON object a line, all its lives together. */
  readonly log: readonly string[];
  /** Of the last time that it began to lead; undefined: it never has, or has said that it leads no more. */
  leads(): number | undefined;
  /** Resolves when it listens; rejects with what it said where it ended before. */
  start(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  stop(): void;
  goOn(): void;
  /** Its host's clock is so far from right from now on. */
  stepClock(ms: number): void;
  dispose(): Promise<void>;
}

const program = join(import.meta.dirname, 'coordinator-main.ts');

export async function prepareCoordinator(
  name: string,
  site: string,
  etcd: EtcdCluster,
): Promise<CoordinatorProcess> {
  const callers = await openGate('http://127.0.0.1:0');
  const { host: address } = new URL(callers.endpoint);
  const store = await Promise.all(etcd.endpoints.map((endpoint) => openGate(endpoint)));
  const folder = join(etcd.folder, `coordinator-${name}`);
  mkdirSync(folder);
  const admin = connectAdmin({ address, timeoutMs: 5_000 });
  const log: string[] = [];
  let child: ChildProcess | undefined;

  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  };

  function leads(): number | undefined {
    const last = log.findLast((line) => /"msg":"leads( no more)?"/.test(line));
    if (last === undefined) return undefined;
    const { msg, epoch }: { readonly msg: string; readonly epoch?: number } = JSON.parse(last);
    return msg === 'leads' ? epoch : undefined;
  }

  return {
    leads,
    ...{ name, site, address, admin, callers, store, log },
    start() {
      const orders: CoordinatorOrders = {
        ...{ name, site, folder, address },
        etcd: store.map((gate) => gate.endpoint),
      };
      const started = fork(program, [JSON.stringify(orders)], {
        execArgv: [],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      child = started;
      for (const stream of [started.stdout, started.stderr])
        if (stream !== null) createInterface(stream).on('line', (line) => log.push(line));
      return new Promise((resolve, reject) => {
        started.once('message', (message: { readonly port: number }) => {
          callers.lead(`http://127.0.0.1:${message.port}`);
          resolve();
        });
        started.once('exit', () => reject(new Error(`${name} ended: ${log.slice(-5).join('\n')}`)));
      });
    },
    kill,
    stop: () => void child?.kill('SIGSTOP'),
    goOn: () => void child?.kill('SIGCONT'),
    stepClock: (steppedMs) => void child?.send({ steppedMs }),
    async dispose() {
      admin.close();
      await kill();
      await Promise.all([callers, ...store].map((gate) => gate.dispose()));
    },
  };
}
