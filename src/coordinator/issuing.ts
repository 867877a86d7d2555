/** Who gets his next certificate here: whoever has one, as often as he needs it, for as long as this coordinator has an issuer. */
import { readFileSync } from 'node:fs';
import type { RenewalHandlers } from '../api/handlers.ts';
import type { Clock } from '../domain/clock.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import { identityUri } from '../domain/identity.ts';
import { type CertificateFacts, isDue, timeText } from '../pki/certificate.ts';
import type { Denied } from '../pki/denied.ts';
import { type Issuer, parseIssuer, renewed } from '../pki/issuer.ts';
import type { Logger } from '../runtime/log.ts';
import type { CoordinatorMetrics } from './coordinator-metrics.ts';
import { createSerial } from './view/serial.ts';

export interface IssuingOptions {
  /** Of the issuer; read each time, so that a new one is taken without a restart. */
  readonly file: string;
  /** Also where the connection has not been ended yet. */
  readonly denied: Denied;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly log: Logger;
  readonly metrics: Pick<CoordinatorMetrics, 'certificatesRenewed'>;
}

export interface Issuing extends RenewalHandlers {
  /** Without a call: for this coordinator itself. */
  renewOwn(request: Uint8Array, certificate: CertificateFacts): Promise<string>;
  /** What is wrong with the issuer; undefined: nothing. */
  trouble(): string | undefined;
}

/** Whoever crashes before he has kept his new one asks again; who asks more often than that is up to something. */
const perHour = 6;
const hourMs = 3_600_000;
/** A signature takes milliseconds. */
const waitingAtMost = 100;

export function createIssuing({ file, denied, clock, randomBytes, log, metrics }: IssuingOptions): Issuing {
  const serial = createSerial();
  let waiting = 0;
  let hour = Number.NEGATIVE_INFINITY;
  /** By identity: certificates made in this hour. Nobody is in here whom the CA does not know. */
  const made = new Map<string, number>();

  function issuer(): Issuer {
    return parseIssuer(readFileSync(file, 'utf8'), file);
  }

  function refuseOften(who: string): void {
    if (clock.monotonicMs() - hour >= hourMs) {
      made.clear();
      hour = clock.monotonicMs();
    }
    const before = made.get(who) ?? 0;
    if (before >= perHour) throw refusal(who, `it has been given ${before} certificates within an hour`);
  }

  function refuseDenied(certificate: CertificateFacts): void {
    const objection = denied.against(certificate);
    if (objection !== undefined) throw refusal(identityUri(certificate.identity), objection);
  }

  async function renew(request: Uint8Array, certificate: CertificateFacts): Promise<string> {
    const world = { nowMs: clock.nowMs(), randomBytes };
    return await renewed(issuer(), { holder: certificate, request }, world);
  }

  return {
    renewOwn: renew,
    async renew(request, { certificate }) {
      const by = identityUri(certificate.identity);
      try {
        if (waiting >= waitingAtMost) throw refusal(by, 'too many others wait: ask again');
        waiting += 1;
        const text = await serial(async () => {
          refuseDenied(certificate);
          refuseOften(by);
          const signed = await renew(request, certificate);
          made.set(by, (made.get(by) ?? 0) + 1);
          return signed;
        }).finally(() => {
          waiting -= 1;
        });
        metrics.certificatesRenewed.inc({ outcome: 'done' });
        log.info({ by, since: timeText(certificate.sinceMs) }, 'certificate renewed for its holder');
        return text;
      } catch (error) {
        metrics.certificatesRenewed.inc({ outcome: 'refused' });
        throw error;
      }
    },
    trouble() {
      try {
        const { serial: number, ...life } = issuer();
        if (!isDue(life, clock.nowMs())) return undefined;
        return `the issuer ${number} ends on ${timeText(life.notAfterMs)}, and nothing that it signs outlives it: replace it (causeway pki issuer)`;
      } catch (error) {
        return `nobody can renew here: ${messageOf(error)}`;
      }
    },
  };
}

function refusal(subject: string, message: string): CausewayError {
  return new CausewayError({ code: 'refused', operation: 'renew certificate', subject, message });
}
