/** How a coordinator hears what another one knows of its agents. */
import type { Clock } from '../domain/clock.ts';
import type { SiteDigest } from '../domain/digest.ts';
import { CausewayError } from '../domain/error.ts';
import { channelTarget } from './channel.ts';
import { closeClient } from './close-client.ts';
import { digestChangesCapability } from './convert-digest.ts';
import { fromStatus, isServiceError } from './errors.ts';
import { loadApi } from './proto-services.ts';
import { createDigestTaker } from './take-digest.ts';
import { dialling } from './tls-client.ts';
import type { TlsMaterial } from './tls-files.ts';

export interface ObservePeerOptions {
  /** `host:port` of the other. */
  readonly address: string;
  /** Absent: plaintext. */
  readonly tls?: TlsMaterial | undefined;
  /** Name of the one that asks. */
  readonly coordinator: string;
  /** Ends after what is known now. */
  readonly once: boolean;
  /** The other says something at least so often, or is taken for gone. */
  readonly silenceMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onDigest(digest: SiteDigest): void;
}

/**
 * Resolves when the other ends, or the signal fires. Errors: `deadline` after its silence, `unavailable`,
 * `permission`, `invalid` and `refused` for what it says: of what does not follow what it told, it is asked anew on another stream.
 */
export function observePeer(options: ObservePeerOptions): Promise<void> {
  const { address, coordinator, once, silenceMs, clock, signal, onDigest } = options;
  const { credentials, options: channel, objection } = dialling(options.tls);
  const { peers } = loadApi();
  const { Observe } = peers.service;
  const client = new peers(channelTarget(address), credentials, channel);
  const asked = { coordinator, once, capabilities: [digestChangesCapability] };
  const stream = client.makeServerStreamRequest(Observe.path, Observe.requestSerialize, asBytes, asked);
  const taker = createDigestTaker();
  return new Promise<void>((resolve, reject) => {
    let over = false;
    let timer = clock.after(silenceMs, silent);

    function finish(error?: CausewayError): void {
      if (over) return;
      over = true;
      timer.cancel();
      signal.removeEventListener('abort', stop);
      stream.cancel();
      closeClient(client);
      if (error === undefined) resolve();
      else reject(error);
    }

    function stop(): void {
      finish();
    }

    function silent(): void {
      finish(failure('deadline', address, `it has said nothing for ${silenceMs / 1_000} s`));
    }

    function take(bytes: Buffer): void {
      const reason = objection(clock.nowMs());
      if (reason !== undefined) return void finish(failure('permission', address, reason));
      timer.cancel();
      timer = clock.after(silenceMs, silent);
      const digest = taker.take(bytes);
      if (digest !== undefined) onDigest(digest);
    }

    if (signal.aborted) return void finish();
    signal.addEventListener('abort', stop, { once: true });
    stream.on('data', (bytes: Buffer) => {
      if (over) return;
      try {
        take(bytes);
      } catch (error) {
        finish(
          error instanceof CausewayError
            ? error
            : failure('invalid', address, 'it says what can not be read', error),
        );
      }
    });
    stream.on('end', () => finish());
    stream.on('error', (error) =>
      finish(
        isServiceError(error)
          ? fromStatus(error, 'observe', address)
          : failure('unavailable', address, 'it does not answer', error),
      ),
    );
  });
}

/** What it says is bounded before anything is made of it. */
function asBytes(bytes: Buffer): Buffer {
  return bytes;
}

function failure(
  code: 'deadline' | 'invalid' | 'permission' | 'unavailable',
  subject: string,
  message: string,
  cause?: unknown,
): CausewayError {
  return new CausewayError({ code, operation: 'observe', subject, message, cause });
}
