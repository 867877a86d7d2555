/** When a program renews its own certificate, and what it does where nobody does it for it. */
import { backoffMs } from '../domain/backoff.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import { identityUri } from '../domain/identity.ts';
import { type CertificateFacts, timeText } from './certificate.ts';
import { newRequest } from './request.ts';

export interface RenewalOptions {
  /** Of the certificate in use. A throw: there is none that could be renewed. */
  readonly current: () => CertificateFacts;
  /** Gives the request (PKCS #10, DER) to whoever may sign it; resolves with certificates in PEM. `unsupported`: nobody may. */
  readonly ask: (request: Uint8Array) => Promise<string>;
  /** Puts both in use, as one; durable when it resolves. Throws where they are not right. */
  readonly keep: (pair: { readonly cert: string; readonly key: string }) => Promise<void>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onRenewed: (facts: CertificateFacts) => void;
  readonly onFailed: (reason: string) => void;
}

export interface Renewal {
  /** What an operator has to do about the certificate; undefined: nothing. */
  trouble(): string | undefined;
  /** When it ends, since the epoch; undefined: there is none. */
  endsMs(): number | undefined;
  close(): void;
}

/** Programs renew between the two, each at its own time; what is not renewed by then is somebody's task. */
const renewFrom = 2 / 3;
const renewUntil = 3 / 4;
/** Files may be replaced, and clocks set, at any time. */
const lookEveryMs = 60_000;
const backoff = { initialMs: 60_000, maxMs: 3_600_000 };

export function createRenewal(options: RenewalOptions): Renewal {
  const { clock, random } = options;
  let timer: Timer | undefined;
  let closed = false;
  let serial = '';
  let share = renewUntil;
  let failures = 0;
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let failure: string | undefined;

  function current(): CertificateFacts | undefined {
    try {
      return options.current();
    } catch {
      // Who uses it says so.
      return undefined;
    }
  }

  /** Of another certificate than before nothing has failed yet. */
  function begin(facts: CertificateFacts): void {
    if (facts.serial === serial) return;
    serial = facts.serial;
    share = renewFrom + (renewUntil - renewFrom) * random();
    [failures, notBeforeMs, failure] = [0, Number.NEGATIVE_INFINITY, undefined];
  }

  async function look(): Promise<void> {
    const facts = current();
    if (facts === undefined) return;
    begin(facts);
    const nowMs = clock.nowMs();
    const isDue = nowMs >= at(facts, share) && nowMs < facts.notAfterMs;
    if (!isDue || clock.monotonicMs() < notBeforeMs) return;
    try {
      const { key, request } = await newRequest();
      const cert = await options.ask(request);
      if (closed) return;
      await options.keep({ cert, key });
      const next = options.current();
      if (next.serial === serial) throw unused(next);
      begin(next);
      options.onRenewed(next);
    } catch (error) {
      failures += 1;
      notBeforeMs = clock.monotonicMs() + backoffMs(failures, backoff, random);
      const isNobodys = error instanceof CausewayError && error.code === 'unsupported';
      const reason = isNobodys ? undefined : messageOf(error);
      if (reason !== undefined && reason !== failure) options.onFailed(reason);
      failure = reason;
    }
  }

  function later(): void {
    if (closed) return;
    timer = clock.after(lookEveryMs, () => void look().finally(later));
  }

  later();
  return {
    trouble() {
      const facts = current();
      const nowMs = clock.nowMs();
      if (facts === undefined || nowMs < at(facts, renewUntil)) return undefined;
      const { identity, notAfterMs } = facts;
      const ends = nowMs < notAfterMs ? 'expires' : 'has expired';
      const why = failure === undefined ? '' : `; it could not be renewed by itself (${failure})`;
      return `that of ${identityUri(identity)} ${ends} on ${timeText(notAfterMs)}: renew it (causeway pki renew)${why}`;
    },
    endsMs: () => current()?.notAfterMs,
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}

function at({ notBeforeMs, notAfterMs }: CertificateFacts, share: number): number {
  return notBeforeMs + (notAfterMs - notBeforeMs) * share;
}

/** Whoever gave it another one meanwhile is right; but to ask again at once for what is not used would never end. */
function unused({ identity }: CertificateFacts): CausewayError {
  return new CausewayError({
    code: 'conflict',
    operation: 'renew certificate',
    subject: identityUri(identity),
    message: 'what was renewed is not what is used',
  });
}
