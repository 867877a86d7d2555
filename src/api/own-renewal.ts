/** How a program renews its own certificate: a new key, signed by whoever will, kept as one file beside what its operator gave it. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../domain/clock.ts';
import { type Identity, identityUri } from '../domain/identity.ts';
import { createRenewal, type Renewal, type RenewalOptions } from '../pki/renewal.ts';
import { replaceFile } from '../runtime/durable-file.ts';
import type { Logger } from '../runtime/log.ts';
import { renewedPair } from './own-pair.ts';
import { tlsError } from './tls-error.ts';
import { presentTls, type TlsFiles } from './tls-files.ts';

export interface OwnRenewalOptions {
  readonly files: TlsFiles & { readonly renewed: string };
  readonly own: Omit<Identity, 'domain'>;
  /** As of a renewal; it knows the present certificate. */
  readonly ask: RenewalOptions['ask'];
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

export function createOwnRenewal({ files, own, ask, clock, random, log }: OwnRenewalOptions): Renewal {
  return createRenewal({
    current: () => presentTls(files, own).own,
    ask,
    async keep({ cert, key }) {
      const text = `${cert}${key}`;
      const present = presentTls(files, own);
      const next = renewedPair(text, files.renewed, present.authorities).own;
      const [found, expected] = [identityUri(next.identity), identityUri(present.own.identity)];
      if (found !== expected)
        throw tlsError(
          'permission',
          files.renewed,
          `found the certificate of ${found}, expected that of ${expected}`,
        );
      await mkdir(dirname(files.renewed), { recursive: true, mode: 0o700 });
      await replaceFile(files.renewed, text);
    },
    clock,
    random,
    onRenewed: ({ serial, notAfterMs }) =>
      log.info({ serial, until: new Date(notAfterMs).toISOString() }, 'certificate renewed'),
    onFailed: (reason) => log.warn({ reason }, 'certificate not renewed: it is tried again'),
  });
}
