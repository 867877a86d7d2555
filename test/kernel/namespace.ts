// Network namespaces for kernel tests. A test file runs in a namespace of its own already (namespace-pool.ts: its
// netlink sockets and /proc/net are that namespace's); what it needs besides, a far host or a router, is made here.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { deadline } from './pace.ts';

const execute = promisify(execFile);
const commandTimeoutMs = 30_000;

/** Runs a command in the test's own namespace; resolves with its standard output, rejects with its error text. */
export async function runHere(argv: readonly string[]): Promise<string> {
  const [program = '', ...words] = argv;
  const { stdout } = await execute(program, words, {
    timeout: deadline(commandTimeoutMs),
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

/** Runs a command in a namespace that `withNamespaces` made. */
export function run(namespace: string, argv: readonly string[]): Promise<string> {
  return runHere(['ip', 'netns', 'exec', namespace, ...argv]);
}

/** The argument vector that runs TypeScript or anything else inside `namespace`, for `spawn`. */
export function inside(namespace: string, argv: readonly string[]): string[] {
  return ['ip', 'netns', 'exec', namespace, ...argv];
}

/**
 * Makes the namespaces `names`, each with `lo` up, hands their real names to `work` (in the same order; they carry the
 * process id, since test files run beside each other), and deletes them whatever happens. Devices go with them.
 */
export async function withNamespaces<const Names extends readonly string[], T>(
  names: Names,
  work: (...namespaces: { [K in keyof Names]: string }) => Promise<T>,
): Promise<T> {
  const full = names.map((name) => `${name}-${process.pid}`) as { [K in keyof Names]: string };
  const made: string[] = [];
  try {
    for (const name of full) {
      await runHere(['ip', 'netns', 'add', name]);
      made.push(name);
      await run(name, ['ip', 'link', 'set', 'lo', 'up']);
    }
    return await work(...full);
  } finally {
    for (const name of made) await runHere(['ip', 'netns', 'del', name]).catch(() => {});
  }
}
