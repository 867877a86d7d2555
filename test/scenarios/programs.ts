/** The real programs, as processes on a host that has a network of its own: what they do to it, they do to nothing else. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { messageOf } from '../../src/domain/error.ts';

const root = join(import.meta.dirname, '..', '..');
const mains = {
  coordinator: 'src/coordinator/main.ts',
  realserver: 'agents/realserver/main.ts',
  causeway: 'src/cli/main.ts',
} as const;
/** A command that takes longer hangs. */
const commandTimeoutMs = 120_000;

export interface ProgramHost {
  /** Runs until `dispose`: what it logs, an entry a line, or `said` where it is none. */
  start(program: 'coordinator' | 'realserver', flags: readonly string[]): readonly Record<string, unknown>[];
  /** What the admin client writes; rejects where it fails. */
  causeway(words: readonly string[]): Promise<string>;
  dispose(): void;
}

/** With these addresses, and nobody beside it. */
export async function openProgramHost(addresses: readonly string[]): Promise<ProgramHost> {
  const each = addresses.map((address) => `ip address add ${address}/24 dev lo`);
  const script = ['set -e', 'ip link set lo up', ...each, 'echo ready', 'exec cat'].join('\n');
  // It ends with this process, whose end of the pipe it reads.
  const holder = spawn('unshare', ['--net', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('error', reject).once('exit', () => reject(new Error('no network of its own')));
  });
  const inside = (program: keyof typeof mains, words: readonly string[]): string[] => [
    ...[`--net=/proc/${holder.pid}/ns/net`, process.execPath, join(root, mains[program])],
    ...words,
  ];
  const children: ChildProcess[] = [holder];
  return {
    start(program, flags) {
      const log: Record<string, unknown>[] = [];
      const child = spawn('nsenter', inside(program, flags), { stdio: ['ignore', 'pipe', 'pipe'] });
      children.push(child);
      for (const stream of [child.stdout, child.stderr])
        createInterface(stream).on('line', (line) => log.push(entryOf(line)));
      child.once('exit', (code, signal) => log.push({ said: `ended: ${signal ?? code}` }));
      return log;
    },
    async causeway(words) {
      const { stdout } = await promisify(execFile)('nsenter', inside('causeway', words), {
        timeout: commandTimeoutMs,
      });
      return stdout;
    },
    dispose() {
      for (const child of children.reverse()) child.kill('SIGKILL');
    },
  };
}

function entryOf(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line);
  } catch {
    return { said: line };
  }
}

/** Why no such host can be had here, or undefined. */
export function programHostMissing(): string | undefined {
  try {
    execFileSync('unshare', ['--net', 'nft', 'list', 'ruleset'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no network of its own, with nft, can be made here: ${messageOf(error)}`;
  }
}
