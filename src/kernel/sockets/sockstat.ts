/** How many TCP sockets this network namespace has: /proc/net/sockstat and sockstat6, which cost nothing to read. */
import { existsSync, readFileSync } from 'node:fs';
import { CausewayError, messageOf } from '../../domain/error.ts';

/** Of both families, listening ones included. Error `unsupported` where the kernel does not tell. */
export async function readTcpInUse(): Promise<number> {
  const inUse = parseInUse(read('/proc/net/sockstat'));
  if (inUse !== undefined) return inUse + (parseInUse(readIfThere('/proc/net/sockstat6')) ?? 0);
  throw unsupported('it has no line of TCP sockets in use');
}

/** Of the text of either file; undefined where it does not say. */
export function parseInUse(text: string): number | undefined {
  const found = /^TCP6?: inuse (\d+)/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** At once: the kernel counts while it is read, and waits for nothing. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unsupported(messageOf(cause), cause);
  }
}

/** Nothing where IPv6 is off. */
function readIfThere(path: string): string {
  return existsSync(path) ? read(path) : '';
}

function unsupported(message: string, cause?: unknown): CausewayError {
  const subject = '/proc/net/sockstat';
  return new CausewayError({ code: 'unsupported', operation: 'count sockets', subject, message, cause });
}
