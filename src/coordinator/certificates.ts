/** The coordinator's certificates: its own, which it shows and renews, and those that it renews for others. */

import { createOwnRenewal } from '../api/own-renewal.ts';
import { askForRenewal } from '../api/renew-client.ts';
import type { ServeApiOptions } from '../api/server.ts';
import type { TlsOfServer } from '../api/tls-door.ts';
import { loadTls, type TlsFiles } from '../api/tls-files.ts';
import type { Clock } from '../domain/clock.ts';
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
}

export interface Certificates {
  /** Undefined: plaintext. */
  readonly door: ServeApiOptions['tls'];
  readonly issuing: Issuing | undefined;
  /** What is amiss, each a sentence with the remedy. */
  troubles(): readonly string[];
  close(): void;
}

export function createCertificates(options: CertificatesOptions): Certificates {
  const { tls, clock, randomBytes, log, metrics, others } = options;
  if (tls === undefined) return { door: undefined, issuing: undefined, troubles: () => [], close: () => {} };
  const { files, own, issuer } = tls;
  const issuing =
    issuer === undefined ? undefined : createIssuing({ file: issuer, clock, randomBytes, log, metrics });
  const renewal = files.renewed === undefined ? undefined : ownRenewal({ ...files, renewed: files.renewed });
  showCertificate(metrics.registry, metricPrefix.slice(0, -1), () => renewal?.endsMs());

  function ownRenewal(kept: TlsFiles & { readonly renewed: string }): Renewal {
    const load = () => loadTls(kept, { nowMs: clock.nowMs(), own });
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
      ...{ files, own, clock },
      onRenewed: () => log.info('renewed certificates are in use'),
      onNotRenewed: (reason) => log.error({ reason }, 'renewed certificates are not used'),
    },
    issuing,
    troubles: () => [renewal?.trouble(), issuing?.trouble()].filter((one) => one !== undefined),
    close: () => renewal?.close(),
  };
}
