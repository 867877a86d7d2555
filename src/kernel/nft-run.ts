/** How nftables' own program is run: with a deadline, with JSON on its standard input, and its words made typed errors. */
import { spawn } from 'node:child_process';
import { CausewayError } from '../domain/error.ts';

export interface NftResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `nft` with these arguments and, where given, this standard input. Errors: `unsupported` (no such program),
 * `deadline`.
 */
export type NftRunner = (args: readonly string[], input?: string) => Promise<NftResult>;

export interface NftRunnerOptions {
  readonly program?: string;
  /** After this long the program is killed. */
  readonly timeoutMs?: number;
  /** After so much output as well: status null. */
  readonly outputLimitBytes?: number;
}

/** A service's PATH often lacks the system's programs; C makes the words in errors the ones we look for. */
const environment = {
  PATH: '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin',
  LC_ALL: 'C',
};

/** More than this is no answer of nft's to a question of ours: 64 MiB. */
const mostOutputBytes = 64 << 20;

/**
 * nft opens its standard input by name, which fails with ENXIO where it is a socket, and Node's pipes are sockets: `cat`
 * makes a pipe of it.
 */
const throughPipe = 'cat | "$0" "$@"';

/** The shell's status for a program that it can't find. */
const notFound = 127;

export function createNftRunner(options: NftRunnerOptions = {}): NftRunner {
  const { program = 'nft', timeoutMs = 15_000, outputLimitBytes = mostOutputBytes } = options;
  return (args, input) =>
    new Promise((resolve, reject) => {
      const subject = `nft ${args.join(' ')}`;
      const [file, words]: [string, readonly string[]] =
        input === undefined ? [program, args] : ['/bin/sh', ['-c', throughPipe, program, ...args]];
      // A process group of its own: killed as one, and out of reach of a terminal's interrupt in mid-transaction.
      const child = spawn(file, words, { env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
      const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
      let bytes = 0;
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        killGroup(child.pid);
      }, timeoutMs);
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream].on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > outputLimitBytes) killGroup(child.pid);
          else output[stream].push(chunk);
        });
      }
      child.on('error', (cause) => {
        clearTimeout(timer);
        reject(cannotStart(subject, program, cause));
      });
      child.on('close', (status) => {
        clearTimeout(timer);
        if (late) {
          const message = `no answer within ${timeoutMs} ms; the program was killed`;
          reject(new CausewayError({ code: 'deadline', operation: 'run', subject, message }));
          return;
        }
        const text = (stream: 'stdout' | 'stderr') => Buffer.concat(output[stream]).toString('utf8');
        if (status === notFound) reject(cannotStart(subject, program));
        else resolve({ status, stdout: text('stdout'), stderr: text('stderr').trim() });
      });
      // nft may end before it has read everything; its status and words say why, EPIPE does not.
      child.stdin.on('error', () => {});
      child.stdin.end(input ?? '');
    });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function cannotStart(subject: string, program: string, cause?: Error): CausewayError {
  const missing = cause === undefined || ('code' in cause && cause.code === 'ENOENT');
  return new CausewayError({
    code: missing ? 'unsupported' : 'internal',
    operation: 'run',
    subject,
    message: missing
      ? `there is no program ${program} on this host: install the package nftables`
      : `cannot be started: ${cause.message}`,
    cause,
  });
}

/** The error behind a status other than 0. */
export function nftError(operation: string, subject: string, result: NftResult): CausewayError {
  const firstLine = result.stderr.split('\n')[0] ?? '';
  // With JSON, nft puts a place in the text before its words that says nothing: `internal:0:0-0: Error: `.
  const said = firstLine.replace(/^internal:[\d:-]+ (?:Error: )?/, '').trim() || `status ${result.status}`;
  if (/operation not permitted|permission denied/i.test(result.stderr)) {
    const message = `${said}: run as root or with CAP_NET_ADMIN`;
    return new CausewayError({ code: 'permission', operation, subject, errno: 'EPERM', message });
  }
  if (/operation not supported|protocol not supported|netlink socket/i.test(result.stderr)) {
    const message = `${said}: this kernel lacks a part of nftables; load it (modprobe nf_tables)`;
    return new CausewayError({ code: 'unsupported', operation, subject, errno: 'EOPNOTSUPP', message });
  }
  return new CausewayError({ code: 'kernel', operation, subject, message: said });
}
