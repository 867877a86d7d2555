/** Calls are counted by who makes them before anything of them is read; a stream is read no faster than its caller may speak. */
import {
  type Responder,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerListener,
} from '@grpc/grpc-js';
import type { Caller } from '../domain/caller.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { CausewayError } from '../domain/error.ts';
import { methodOf } from './before-call.ts';
import type { Recognise } from './caller.ts';
import { type CallerLimits, createCallerUses } from './caller-limits.ts';
import { toStatus } from './errors.ts';
import type { Refused } from './handlers.ts';
import { strangerLimits } from './wire-bounds.ts';

export interface LimitOptions {
  readonly limits: CallerLimits;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  readonly recognise: Recognise;
  readonly onRefused?: ((refused: Refused) => void) | undefined;
}

type Incoming = Parameters<ServerInterceptor>[1];

/** Of a stream that is not accepted yet: its hello, and what else comes along. */
const unacceptedBytesAtMost = 4 * strangerLimits.bytes;

export function limitCalls(options: LimitOptions): ServerInterceptor {
  const { limits, clock, onRefused = () => {} } = options;
  const uses = createCallerUses(limits);

  return ({ path, requestStream: isStream }, call) => {
    const caller = recognised(call, options.recognise);
    // Nobody on this host is kept from it by counting; who can't be named, the guard refuses.
    if (caller === undefined || caller.role === 'local') return new ServerInterceptingCall(call);
    const method = methodOf(path);
    const use = uses(caller.identity, clock.monotonicMs());
    let isAccepted = !isStream;
    let unacceptedBytes = 0;
    let isBegun = false;

    const refuse = (error: CausewayError): void => {
      onRefused({ peer: caller.from, identity: caller.identity, method, reason: error.message });
      call.sendStatus(toStatus(error));
    };
    const listener: ServerListener = {
      onReceiveMetadata(metadata, next) {
        const reason = use.begin(method, clock.monotonicMs());
        if (reason !== undefined) return refuse(tooMany(method, reason));
        isBegun = true;
        next(metadata);
      },
      onReceiveMessage(message, next) {
        const size = Buffer.isBuffer(message) ? message.length : 0;
        if (isStream) limited.holdFor(use.heard(size, clock.monotonicMs()));
        if (!isAccepted) unacceptedBytes += size;
        if (!isAccepted && unacceptedBytes > unacceptedBytesAtMost)
          return refuse(tooEarly(method, unacceptedBytes));
        next(message);
      },
      // Called last in any case, also of what was answered.
      onCancel() {
        limited.stop();
        if (isBegun) use.end(method);
        isBegun = false;
      },
    };
    const responder: Responder = {
      start: (next) => next(listener),
      sendMetadata(metadata, next) {
        isAccepted = true;
        next(metadata);
      },
    };
    const limited = new HeldCall(call, responder, clock);
    return limited;
  };
}

/** The next message is read when it is time for it; what its caller says meanwhile waits at his end. */
class HeldCall extends ServerInterceptingCall {
  readonly #clock: Pick<Clock, 'after'>;
  #holdMs = 0;
  #timer: Timer | undefined;

  constructor(call: Incoming, responder: Responder, clock: Pick<Clock, 'after'>) {
    super(call, responder);
    this.#clock = clock;
  }

  holdFor(ms: number): void {
    this.#holdMs = ms;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  override startRead(): void {
    const holdMs = this.#holdMs;
    this.#holdMs = 0;
    if (holdMs > 0) this.#timer = this.#clock.after(holdMs, () => super.startRead());
    else super.startRead();
  }
}

function recognised(call: Incoming, recognise: Recognise): Caller | undefined {
  try {
    return recognise(call);
  } catch {
    return undefined;
  }
}

function tooMany(method: string, reason: string): CausewayError {
  const message = `${reason}: try again later`;
  return new CausewayError({ code: 'unavailable', operation: 'call', subject: method, message });
}

function tooEarly(method: string, bytes: number): CausewayError {
  const message = `found ${bytes} bytes before it was accepted, expected at most ${unacceptedBytesAtMost}`;
  return new CausewayError({ code: 'refused', operation: 'call', subject: method, message });
}
