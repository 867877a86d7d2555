/** Coordinators as processes on a real etcd, each with gates between it and every member, and between it and whoever calls it. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type AdminClient, connectAdmin } from '../../src/api/admin-client.ts';
import { type Gate, openGate } from '../etcd/gate.ts';

/** What a process is told at its start. */
export interface CoordinatorOrders {
  readonly name: string;
  readonly site: string;
  /** Undefined: it has a store of its own in its state directory. */
  readonly etcd:
    | { readonly endpoints: readonly string[]; readonly tlsFolder: string | undefined }
    | undefined;
  /** Where agents and other coordinators reach it. */
  readonly address: string;
  /** It calls others from this address. */
  readonly source: string;
  /** Its state directory. */
  readonly folder: string;
  /** The tree that it is run from. */
  readonly root: string;
  readonly timing: Timing;
  /** How far its host's clock is from right. */
  readonly steppedMs: number;
}

export type Timing = ReturnType<typeof timingAt>;

/** Shorter than in earnest, for nobody has time; their order is the same. */
export function timingAt(pace: number) {
  return {
    etcd: { attemptMs: 700 * pace, progressMs: 250 * pace, silenceMs: 1_500 * pace },
    leaseMs: 2_000 * pace,
    tickMs: 500,
  } as const;
}

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
  /** Its state directory. */
  readonly folder: string;
  /** What it has logged by now, a JSON object a line, all its lives together. */
  readonly log: readonly string[];
  /** Of the last time that it began to lead; undefined: it never has, or has said that it leads no more. */
  leads(): number | undefined;
  /** Resolves when it listens. One that ends before is started again, as its unit does; rejects with what it said where that does not help. */
  start(attempts?: number): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  stop(): void;
  goOn(): void;
  /** Its host's clock is so far from right from now on. */
  stepClock(ms: number): void;
  dispose(): Promise<void>;
}

export interface CoordinatorPlace {
  readonly name: string;
  readonly site: string;
  readonly source: string;
  readonly timing: Timing;
  /** Below which its state directory is made. */
  readonly folder: string;
  /** Undefined: a store of its own. */
  readonly etcd: CoordinatorOrders['etcd'];
  /** The tree that it is run from; absent: this one. */
  readonly root?: string;
}

const program = join(import.meta.dirname, 'coordinator-main.ts');
const ownRoot = join(import.meta.dirname, '..', '..');
const usualAttempts = 10;

export async function prepareCoordinator({
  name,
  site,
  folder: below,
  root = ownRoot,
  ...place
}: CoordinatorPlace): Promise<CoordinatorProcess> {
  const callers = await openGate('http://127.0.0.1:0');
  const { host: address } = new URL(callers.endpoint);
  const store = await Promise.all((place.etcd?.endpoints ?? []).map((endpoint) => openGate(endpoint)));
  const folder = join(below, `coordinator-${name}`);
  mkdirSync(folder, { recursive: true });
  const admin = connectAdmin({ address, timeoutMs: 5_000 });
  const log: string[] = [];
  let child: ChildProcess | undefined;
  let steppedMs = 0;

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

  /** Whether it listens; false: it has ended. */
  function begin(): Promise<boolean> {
    const orders: CoordinatorOrders = {
      ...{ ...place, name, site, folder, root, address, steppedMs },
      etcd: place.etcd && { ...place.etcd, endpoints: store.map((gate) => gate.endpoint) },
    };
    const started = fork(program, [JSON.stringify(orders)], {
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      if (stream !== null) createInterface(stream).on('line', (line) => log.push(line));
    started.once('exit', (code, signal) => log.push(`ended: ${signal ?? code}`));
    return new Promise((resolve) => {
      started.once('message', (message: { readonly port: number }) => {
        callers.lead(`http://127.0.0.1:${message.port}`);
        resolve(true);
      });
      started.once('exit', () => resolve(false));
    });
  }

  return {
    leads,
    ...{ name, site, address, admin, callers, store, folder, log },
    async start(attempts = usualAttempts) {
      for (let attempt = 1; !(await begin()); attempt++)
        if (attempt === attempts) throw new Error(`${name} ended: ${log.slice(-20).join('\n')}`);
    },
    kill,
    stop: () => void child?.kill('SIGSTOP'),
    goOn: () => void child?.kill('SIGCONT'),
    stepClock(ms) {
      steppedMs = ms;
      child?.send({ steppedMs });
    },
    async dispose() {
      admin.close();
      await kill();
      await Promise.all([callers, ...store].map((gate) => gate.dispose()));
    },
  };
}
