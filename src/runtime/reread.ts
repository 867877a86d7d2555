/** What SIGHUP (`systemctl reload`) does: the configuration is read again, and what can be taken while running is. */
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../domain/error.ts';
import type { Logger } from './log.ts';
import { ProgramExit } from './program-exit.ts';

interface Rereadable {
  readonly logLevel: string;
}

/** A mistake in it is told, and all stays as it is. Certificates need none of this: programs look for new ones by themselves. */
export function rereadOnHangup<C extends Rereadable>(
  process: Pick<NodeJS.Process, 'on'>,
  first: C,
  load: () => C,
  log: Pick<Logger, 'info' | 'warn' | 'error' | 'level'>,
): void {
  process.on('SIGHUP', () => {
    let config: C;
    try {
      config = load();
    } catch (error) {
      const reason = error instanceof ProgramExit ? error.message.trim() : messageOf(error);
      return log.error({ reason }, 'the configuration is wrong now, and not taken');
    }
    log.level = config.logLevel;
    const later = changedKeys(first, config).filter((key) => key !== 'logLevel');
    if (later.length > 0) log.warn({ keys: later }, 'changed keys that a restart takes');
    else log.info({ logLevel: config.logLevel }, 'the configuration is read again');
  });
}

function changedKeys<C extends object>(before: C, after: C): string[] {
  const earlier = new Map(Object.entries(before));
  return Object.entries(after).flatMap(([key, value]) =>
    isDeepStrictEqual(earlier.get(key), value) ? [] : [key],
  );
}
