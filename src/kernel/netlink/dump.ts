/** How all objects of a kind are read consistently: a dump that a change interrupted is taken again. */
import { CausewayError } from '../../domain/error.ts';
import { kernelError, type Protocol, type RequestContext, type Schedule, verdict } from './protocol.ts';
import { encodeMessage, messageFlag, type NetlinkMessage, type NetlinkReply } from './wire.ts';

export interface DumpEnvironment {
  readonly schedule: Schedule;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Under churn that interrupts four dumps of ten, ten attempts fail once in ten thousand reads. */
const dumpAttempts = 10;
const dumpRetryMs = { first: 2, cap: 200 };
const ebusy = 'EBUSY';

/**
 * The objects of one consistent dump. Rejects with `unavailable` where they change during every attempt, with EBUSY
 * where another dump stays in the way.
 */
export async function dump(
  protocol: Protocol,
  environment: DumpEnvironment,
  message: NetlinkMessage,
  context: RequestContext,
): Promise<NetlinkReply[]> {
  let delayMs = dumpRetryMs.first;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await dumpOnce(protocol, message, context);
    if (outcome.replies !== undefined) return outcome.replies;
    if (attempt === dumpAttempts) throw outcome.error;
    await pause(environment, delayMs);
    delayMs = Math.min(delayMs * 2, dumpRetryMs.cap);
  }
}

type DumpOutcome =
  | { readonly replies: NetlinkReply[] }
  /** Worth another attempt: somebody dumps on this socket, or the objects changed meanwhile. */
  | { readonly replies?: undefined; readonly error: CausewayError };

function dumpOnce(
  protocol: Protocol,
  message: NetlinkMessage,
  context: RequestContext,
): Promise<DumpOutcome> {
  const flags = messageFlag.request | messageFlag.dump | (message.flags ?? 0);
  const replies: NetlinkReply[] = [];
  let interrupted = false;
  return new Promise((resolve, reject) => {
    protocol.start({
      context,
      messageCount: 1,
      encode: (sequence) => encodeMessage(message.type, flags, sequence, message.payload),
      answer: (reply) => {
        interrupted ||= (reply.flags & messageFlag.dumpInterrupted) !== 0;
        const errno = verdict(reply);
        if (errno === undefined) {
          replies.push(reply);
          return false;
        }
        if (errno === 0) resolve(interrupted ? { error: keepsChanging(context) } : { replies });
        else {
          const error = kernelError(errno, context);
          if (error.errno === ebusy) resolve({ error });
          else reject(error);
        }
        return true;
      },
      fail: reject,
    });
  });
}

/** Full jitter over half the delay, so that two readers do not stay in step. */
function pause(environment: DumpEnvironment, delayMs: number): Promise<void> {
  const jittered = delayMs * (0.5 + environment.random());
  return new Promise((resolve) => {
    environment.schedule(jittered, resolve);
  });
}

function keepsChanging({ operation, subject }: RequestContext): CausewayError {
  const message = `changed during each of ${dumpAttempts} reads; something rewrites it all the time`;
  return new CausewayError({ code: 'unavailable', operation, subject, message });
}
