/** A kernel with IPVS and tunnels for the tests of what is shipped: this machine's own, or that of the lab's machine. */

import { messageOf } from '../../src/domain/error.ts';
import type { BackendKind } from '../../src/lab/backend/choose.ts';
import { bootVm } from '../../src/lab/backend/vm.ts';
import { type RunThere, runOnThisMachine } from './live-systemd.ts';

export interface LabMachine {
  readonly there: RunThere;
  stop(): Promise<void>;
}

/** Two hosts with three executables, and what systemd keeps in memory. */
const memoryMiB = 4_096;
const commandTimeoutMs = 120_000;

/** Throws what keeps it from being had. It waits for whoever uses the lab's machine. */
export async function openLabMachine(kind: BackendKind, say: (line: string) => void): Promise<LabMachine> {
  if (kind === 'native') return { there: runOnThisMachine, stop: async () => {} };
  const vm = await bootVm({ memoryMiB, log: say });
  return {
    async there(argv, { env = {}, timeoutMs = commandTimeoutMs } = {}) {
      const text = { stdout: '', stderr: '' };
      const collect = (name: keyof typeof text) => (chunk: Buffer) => {
        text[name] += chunk.toString();
      };
      const options = { cwd: '/', env, timeoutMs, onStdout: collect('stdout'), onStderr: collect('stderr') };
      try {
        return { status: (await vm.run(argv, options)).exitStatus, ...text };
      } catch (error) {
        return { status: null, stdout: text.stdout, stderr: `${text.stderr}${messageOf(error)}` };
      }
    },
    stop: () => vm.stop(),
  };
}
