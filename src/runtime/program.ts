/** How each long-running program begins: configuration, log, and one line instead of a stack where it can't. */
import { readFileSync } from 'node:fs';
import { CausewayError, messageOf } from '../domain/error.ts';
import { loadConfig } from './config.ts';
import type { ConfigOf, Role } from './config-keys.ts';
import { createLog, type Logger } from './log.ts';
import { ProgramExit } from './program-exit.ts';
import { rereadOnHangup } from './reread.ts';
import { createServiceManager, sayBySystemdNotify } from './service-manager.ts';
import { realClock } from './system-clock.ts';

/** The part of `process` that a beginning needs. */
export type ProgramHost = Pick<NodeJS.Process, 'argv' | 'env' | 'pid' | 'exit' | 'stdout' | 'stderr' | 'on'>;

/** `ready`: called by whoever must wait for others before it can serve; otherwise the end of `start` says it. */
export type Start<R extends Role> = (config: ConfigOf[R], log: Logger, ready: () => void) => Promise<void>;

/**
 * Runs `start` with the configuration of `role` and a log of that name. When it throws: exit status 2 for misuse, else
 * 1 with one line on standard error. Returns when `start` does; what it left running (servers, streams) goes on.
 */
export async function runProgram<R extends Role>(role: R, host: ProgramHost, start: Start<R>): Promise<void> {
  try {
    const load = () =>
      loadConfig(role, {
        argv: host.argv.slice(2),
        env: host.env,
        readFile: (path) => readFileSync(path, 'utf8'),
      });
    const config = load();
    const log = createLog(role, config.logLevel);
    const { ready } = createServiceManager({
      env: host.env,
      pid: host.pid,
      clock: realClock,
      say: sayBySystemdNotify,
      onFailure: (assignment) =>
        log.warn({ assignment }, 'systemd-notify does not work: systemd is not told'),
    });
    rereadOnHangup(host, config, load, log);
    await start(config, log, ready);
    ready();
  } catch (error) {
    if (error instanceof ProgramExit) {
      (error.status === 0 ? host.stdout : host.stderr).write(error.message);
      return host.exit(error.status);
    }
    // What is no CausewayError is a bug, and its stack is what a report of it needs.
    const bug = error instanceof Error && !(error instanceof CausewayError) ? `\n${error.stack}` : '';
    host.stderr.write(`causeway-${role}: ${messageOf(error)}${bug}\n`);
    host.exit(1);
  }
}
