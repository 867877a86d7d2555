// Runs the system's own tools (`ip`, `tc`), which build the lab and do its faults; never Causeway's data plane.
import { type ChildProcess, spawn } from 'node:child_process';
import { CausewayError } from '../domain/error.ts';

const defaultTimeoutMs = 60_000;

export interface CommandOptions {
  /** For its standard input. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Standard output of `argv`. Throws `kernel` with what it said on standard error, `deadline`, or `unsupported` where it is not installed. */
export function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [program = '', ...rest] = argv;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
    const fail = (code: 'kernel' | 'deadline' | 'unsupported', message: string, cause?: unknown): void => {
      reject(new CausewayError({ code, operation: 'run', subject: argv.join(' '), message, cause }));
    };
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.stdin.on('error', () => {}); // It ended without reading: its status says why.
    child.once('error', (error) => {
      clearTimeout(limit);
      fail('unsupported', `${program} does not start: ${error.message}`, error);
    });
    child.once('close', (status) => {
      clearTimeout(limit);
      if (late) fail('deadline', `still running after ${timeoutMs} ms`);
      else if (status !== 0)
        fail('kernel', complaint.trim().replaceAll('\n', '; ') || `ended with status ${status}`);
      else resolve(output);
    });
    child.stdin.end(options.input ?? '');
  });
}

/** `ip` and `tc` inside a namespace, without a shell or `ip netns exec`; '' is the runner's own. */
export function inNamespace(tool: 'ip' | 'tc', namespace: string, ...words: string[]): string[] {
  return namespace === '' ? [tool, ...words] : [tool, '-n', namespace, ...words];
}

/** Whether a process that this one started still runs. */
export function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
