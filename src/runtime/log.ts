/** What a program says of itself: one event a line on standard output, JSON for machines, pretty on a terminal. */
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import pretty from 'pino-pretty';
import { CausewayError } from '../domain/error.ts';

export type { Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * A logger whose lines carry `program`. Errors go under `err`: a `CausewayError` as its code, operation, subject and
 * errno, anything else (a bug) with its stack.
 */
export function createLog(program: string, level: LogLevel, destination = standardOutput()): Logger {
  return pino({ level, base: { program }, serializers: { err: serializeError } }, destination);
}

/** In this thread and written at once: no worker to bundle, nothing lost when the process is killed. */
function standardOutput(): DestinationStream {
  if (!process.stdout.isTTY) return pino.destination({ dest: 1, sync: true });
  return pretty({
    destination: 1,
    sync: true,
    colorize: true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
  });
}

function serializeError(error: unknown): object {
  if (!(error instanceof CausewayError)) {
    return error instanceof Error ? stdSerializers.err(error) : { message: String(error) };
  }
  const { code, operation, subject, errno, message, cause } = error;
  return {
    code,
    operation,
    ...(subject === undefined ? {} : { subject }),
    ...(errno === undefined ? {} : { errno }),
    message,
    ...(cause === undefined ? {} : { cause: cause instanceof Error ? cause.message : String(cause) }),
  };
}
