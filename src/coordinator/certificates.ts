/** The coordinator's certificates: its own, which it shows and renews, and those that it renews for others. */

import { createOwnRenewal } from '../api/own-renewal.ts';
import { askForRenewal } from '../api/renew-client.ts';
import type { ServeApiOptions } from '../api/server.ts';
import type { TlsOfServer } from '../api/tls-door.ts';
import { loadTls, plainTowards, presentTls, type TlsFiles, type TlsMaterial } from '../api/tls-files.ts';
import type { Clock } from '../domain/clock.ts';
import type { Denial } from '../domain/denial.ts';
import { deniedByLatest, eitherDenied, isSigned } from '../pki/denied.ts';
import type { Renewal } from '../pki/renewal.ts';
import { showCertificate } from '../runtime/certificate-gauge.ts';
import type { Logger } from '../runtime/log.ts';
import { type CoordinatorMetrics, metricPrefix } from './coordinator-metrics.ts';
import { createIssuing, type Issuing } from './issuing.ts';

export interface CoordinatorTls extends TlsOfServer {
  readonly files: TlsFiles;
  /** Key and certificate of an issuer; undefined: others have one, or nobody. */
  readonly issuer?: string | undefined;
}

export interface CertificatesOptions {
  readonly tls: CoordinatorTls | undefined;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly log: Logger;
  readonly metrics: CoordinatorMetrics;
  /** `host:port` of the others. */
  readonly others: () => readonly string[];
  /** As the store has them; the same list for as long as nothing of it changes. */
  readonly denials: () => readonly Denial[];
  /** Plaintext towards others will do. */
  readonly insecure: boolean;
}

export interface Certificates {
  /** Undefined: plaintext. */
  readonly door: ServeApiOptions['tls'];
  readonly issuing: Issuing | undefined;
  /** How another one at that `host:port` is called. Errors as of `tlsTowards`. */
  towards(address: string): TlsMaterial | undefined;
  /** Those that no CA has signed that is believed here; undefined: nobody is asked for certificates. */
  readonly unsigned: ((denials: readonly Denial[]) => readonly Denial[]) | undefined;
  /** What is amiss, each a sentence with the remedy. */
  troubles(): readonly string[];
  close(): void;
}

export function createCertificates(options: CertificatesOptions): Certificates {
  const { tls, clock, randomBytes, log, metrics, others } = options;
  if (tls === undefined)
    return {
      ...{ door: undefined, issuing: undefined, unsigned: undefined },
      towards: (address) => plainTowards(address, options.insecure),
      troubles: () => [],
      close: () => {},
    };
  const { files, own, issuer } = tls;
  const denied = deniedByLatest(options.denials);
  const issuing =
    issuer === undefined
      ? undefined
      : createIssuing({ file: issuer, denied, clock, randomBytes, log, metrics });
  const renewal = files.renewed === undefined ? undefined : ownRenewal({ ...files, renewed: files.renewed });
  showCertificate(metrics.registry, metricPrefix.slice(0, -1), () => renewal?.endsMs());

  /** As the files are now, and what the store knows. */
  function load(): TlsMaterial {
    const now = loadTls(files, { nowMs: clock.nowMs(), own });
    return { ...now, denied: eitherDenied(now.denied, denied) };
  }

  function ownRenewal(kept: TlsFiles & { readonly renewed: string }): Renewal {
    return createOwnRenewal({
      ...{ files: kept, own, clock, log },
      random: () => Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32,
      ask: async (request) =>
        issuing === undefined
          ? askForRenewal({ coordinators: others(), tls: load, request })
          : issuing.renewOwn(request, load().own),
    });
  }

  return {
    door: {
      ...{ files, own, clock, denied },
      onRenewed: () => log.info('renewed certificates are in use'),
      onNotRenewed: (reason) => log.error({ reason }, 'renewed certificates are not used'),
    },
    issuing,
    towards: load,
    unsigned(denials) {
      const { authorities } = presentTls(files, own);
      return denials.filter((one) => !isSigned(one, authorities));
    },
    troubles: () => [renewal?.trouble(), issuing?.trouble()].filter((one) => one !== undefined),
    close: () => renewal?.close(),
  };
}
