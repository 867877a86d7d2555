/** A world for one run of the program: files in memory, output as text, a clock that stands still. */
import type { Admin, CliIo } from '../../src/cli/io.ts';
import { type ExitStatus, runCli } from '../../src/cli/run.ts';

export interface World {
  readonly admin: Admin;
  /** Path to text; `-` is standard input. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly io?: Partial<CliIo>;
}

export interface Ran {
  readonly status: ExitStatus;
  readonly out: string;
  readonly err: string;
  /** How the coordinator was called. */
  readonly connections: readonly Parameters<CliIo['connect']>[0][];
  /** Files, with what is in them. */
  readonly written: Readonly<Record<string, string>>;
}

export const nowMs = 1_000_000;

/** `line`: words between spaces, or each by itself. */
export async function run(
  line: string | readonly string[],
  { admin, files = {}, env = {}, io = {} }: World,
): Promise<Ran> {
  let out = '';
  let err = '';
  const written: Record<string, string> = {};
  const connections: Parameters<CliIo['connect']>[0][] = [];
  const status = await runCli(
    typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line,
    {
      stdout: (text) => {
        out += text;
      },
      stderr: (text) => {
        err += text;
      },
      env,
      connect: (options) => {
        connections.push(options);
        return admin;
      },
      readFile: (path) => {
        const text = files[path];
        if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
        return text;
      },
      writeFile: async (path, text) => {
        written[path] = text;
      },
      exists: (path) => path in files,
      readDirectory: (path) => {
        const inside = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
        return inside.length === 0 ? undefined : inside.map((file) => file.slice(path.length + 1));
      },
      clock: { nowMs: () => nowMs, monotonicMs: () => 0, after: () => ({ cancel: () => {} }) },
      examine: () => Promise.reject(new Error('this test examines no host')),
      terminal: false,
      interruption: () => new AbortController().signal,
      ...io,
    },
  );
  return { status, out, err, connections, written };
}
