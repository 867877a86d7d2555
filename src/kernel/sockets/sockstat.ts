/** How many TCP sockets this network namespace has: /proc/net/sockstat and sockstat6, which cost nothing to read. */
import { readFile } from 'node:fs/promises';
import { CausewayError, messageOf } from '../../domain/error.ts';

/** Of both families, listening ones included. Error `unsupported` where the kernel does not tell. */
export async function readTcpInUse(): Promise<number> {
  const [v4, v6] = await Promise.all([
    read('/proc/net/sockstat'),
    read('/proc/net/sockstat6').catch(() => ''),
  ]);
  const inUse = parseInUse(v4);
  if (inUse !== undefined) return inUse + (parseInUse(v6) ?? 0);
  throw unsupported('it has no line of TCP sockets in use');
}

/** Of the text of either file; undefined where it does not say. */
export function parseInUse(text: string): number | undefined {
  const found = /^TCP6?: inuse (\d+)/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unsupported(messageOf(cause), cause);
  }
}

function unsupported(message: string, cause?: unknown): CausewayError {
  const subject = '/proc/net/sockstat';
  return new CausewayError({ code: 'unsupported', operation: 'count sockets', subject, message, cause });
}
