/** How one kernel setting under /proc/sys is read and written. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CausewayError, messageOf } from '../domain/error.ts';
import { sysctlPath } from './sysctl-name.ts';

export interface SysctlTree {
  /** The value, its runs of white space made single blanks; undefined where this kernel or namespace has no such setting. */
  read(name: string): Promise<string | undefined>;
  /** Errors: `not-found`, `permission`, `kernel` (the value was refused), `invalid` (the name is none). */
  write(name: string, value: string): Promise<void>;
}

/** The settings below `root`; in a network namespace, `net.*` is the namespace's own. */
export function createSysctlTree(root = '/proc/sys'): SysctlTree {
  return {
    async read(name) {
      const path = join(root, sysctlPath(name));
      try {
        // At once: the kernel has the answer in memory, while a promise of a file costs five turns of the thread pool.
        return readFileSync(path, 'utf8').trim().replaceAll(/\s+/g, ' ');
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return undefined;
        throw sysctlError('read sysctl', name, error);
      }
    },
    async write(name, value) {
      const path = join(root, sysctlPath(name));
      try {
        // r+: a name that does not exist must not become a file.
        await writeFile(path, `${value}\n`, { flag: 'r+' });
      } catch (error) {
        throw sysctlError('write sysctl', `${name} = ${value}`, error);
      }
    },
  };
}

function sysctlError(operation: string, subject: string, cause: unknown): CausewayError {
  const errno = errnoOf(cause);
  const shared = { operation, subject, cause, ...(errno === undefined ? {} : { errno }) };
  switch (errno) {
    case 'ENOENT':
      return new CausewayError({
        ...shared,
        code: 'not-found',
        message: 'this kernel has no such setting here; its module is not loaded or its interface is gone',
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CausewayError({
        ...shared,
        code: 'permission',
        message: `not allowed (${errno}): run as root, with /proc/sys mounted read-write, or name where it is (sysctlDir)`,
      });
    case 'EINVAL':
    case 'ERANGE':
      return new CausewayError({
        ...shared,
        code: 'kernel',
        message: `the kernel refuses this value (${errno})`,
      });
    default:
      return new CausewayError({ ...shared, code: 'kernel', message: messageOf(cause) });
  }
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
