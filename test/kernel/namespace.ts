// Network namespaces for kernel tests. A test file runs in a namespace of its own already (namespace-pool.ts: its
// netlink sockets and /proc/net are that namespace's); what it needs besides, a far host or a router, is made here.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Launcher } from '../../src/lab/launcher.ts';
import { deadline } from './pace.ts';

const commandTimeoutMs = 30_000;
let launcher: Launcher | undefined;

/** Of this test file; its shell is in the file's own namespace, and ends with this process. */
function launcherHere(): Launcher {
  if (launcher === undefined) {
    const folder = mkdtempSync('/run/causeway-test-');
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    launcher = new Launcher(join(folder, 'commands'));
  }
  return launcher;
}

/** Runs a command in the test's own namespace; resolves with its standard output, rejects with its error text. */
export function runHere(argv: readonly string[], limitMs = commandTimeoutMs): Promise<string> {
  return launcherHere().run(argv, { timeoutMs: deadline(limitMs) });
}

/** Runs a command in a namespace that `withNamespaces` made; on a quiet kernel it has `limitMs`. */
export function run(namespace: string, argv: readonly string[], limitMs?: number): Promise<string> {
  return runHere(['ip', 'netns', 'exec', namespace, ...argv], limitMs);
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
