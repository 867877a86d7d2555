/** `causeway`, the admin client: the world that the commands run in. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { connectAdmin } from '../api/admin-client.ts';
import { replaceFile } from '../runtime/durable-file.ts';
import { realClock } from '../runtime/system-clock.ts';
import { runCli } from './run.ts';

/** Only for commands that ask for it: all others end at once when they are interrupted. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  return interrupted.signal;
}

/** Where the environment does not say, as under cron or in a container; undefined: the system has no name for him either. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

// The reader of a pipe may leave early (`causeway get | head`): that is its good right.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// No await at the top: the one executable is a script.
void runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  env: { USER: userName(), ...process.env },
  connect: connectAdmin,
  readFile: (path) => readFileSync(path === '-' ? 0 : path, 'utf8'),
  writeFile: replaceFile,
  exists: existsSync,
  readDirectory: (path) =>
    statSync(path, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(path) : undefined,
  clock: realClock,
  // What knows the kernel is loaded where it is asked for.
  examine: async (request) => (await import('./doctor-host.ts')).examineThisHost(request),
  terminal: process.stdout.isTTY === true,
  interruption,
}).then((status) => {
  // A command that keeps its own status (the lab) has set it already.
  if (status !== 0) process.exitCode = status;
});
