/** How a program has its next certificate signed: by the first coordinator that will. */
import { CausewayError } from '../domain/error.ts';
import { channelTarget } from './channel.ts';
import { closeClient } from './close-client.ts';
import { fromStatus } from './errors.ts';
import { loadApi } from './proto-services.ts';
import { dialling } from './tls-client.ts';
import type { TlsMaterial } from './tls-files.ts';

export interface AskForRenewalOptions {
  /** `host:port`, in the order in which they are asked. */
  readonly coordinators: readonly string[];
  /** Read for each call. */
  readonly tls: (address: string) => TlsMaterial | undefined;
  /** PKCS #10 in DER. */
  readonly request: Uint8Array;
}

const operation = 'renew certificate';
const timeoutMs = 10_000;
/** Of a long list the others are asked next time. */
const askedAtMost = 8;

/**
 * Certificates in PEM, its own first. Errors: `unsupported` where none of them has an issuer, else what the last of the others has
 * answered.
 */
export async function askForRenewal({ coordinators, tls, request }: AskForRenewalOptions): Promise<string> {
  let failure: unknown;
  for (const address of coordinators.slice(0, askedAtMost)) {
    try {
      const material = tls(address);
      // Without TLS nobody knows who asks.
      if (material !== undefined) return await ask(address, material, request);
    } catch (error) {
      const isWithout = error instanceof CausewayError && error.code === 'unsupported';
      if (!isWithout) failure = error;
    }
  }
  throw failure ?? nobodys();
}

function ask(address: string, tls: TlsMaterial, request: Uint8Array): Promise<string> {
  const { credentials, options, doubt } = dialling(tls);
  const client = new (loadApi().agents)(channelTarget(address), credentials, options);
  return new Promise<string>((resolve, reject) => {
    const deadline = Date.now() + timeoutMs;
    client.renew({ request: Buffer.from(request) }, { deadline }, (error, answer) => {
      if (error === null && answer !== undefined) return resolve(answer.certificate);
      const told = error && fromStatus(error, operation, address);
      const doubted = told?.code === 'unavailable' ? doubt() : undefined;
      reject(doubted === undefined ? told : unavailable(address, doubted));
    });
  }).finally(() => closeClient(client));
}

function unavailable(subject: string, message: string): CausewayError {
  return new CausewayError({ code: 'unavailable', operation, subject, message });
}

function nobodys(): CausewayError {
  return new CausewayError({
    code: 'unsupported',
    operation,
    message: 'no coordinator that answers has an issuer',
  });
}
