/** Who the operator is to a coordinator, and whether plaintext will do. */
import { Option } from 'commander';
import { loadTls, type TlsMaterial } from '../api/tls-files.ts';
import { isOnLoopback } from '../runtime/config-tls.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';

const variables = {
  tlsCert: 'CAUSEWAY_TLS_CERT',
  tlsKey: 'CAUSEWAY_TLS_KEY',
  tlsCa: 'CAUSEWAY_TLS_CA',
  insecure: 'CAUSEWAY_INSECURE',
} as const;

export function tlsOptions(): Option[] {
  return [
    new Option('--tls-cert <FILE>', `who you are: your certificate, in PEM (${variables.tlsCert})`),
    new Option('--tls-key <FILE>', `the key of that certificate, in PEM (${variables.tlsKey})`),
    new Option('--tls-ca <FILE>', `whose certificates are believed, in PEM (${variables.tlsCa})`),
    new Option(
      '--insecure',
      `speak plaintext also with a coordinator that is not on this host (${variables.insecure})`,
    ),
  ];
}

/** Undefined: plaintext. Throws `Misuse` where the options make no sense, and the errors of the files. */
export function tlsOf(
  options: Readonly<Record<string, unknown>>,
  address: string,
  { env, readFile, clock }: CliIo,
): TlsMaterial | undefined {
  const [cert, key, ca] = [given('tlsCert'), given('tlsKey'), given('tlsCa')];
  const isInsecure = options.insecure === true || /^(true|1)$/.test(env[variables.insecure] ?? '');
  if (cert === undefined && key === undefined && ca === undefined) {
    if (isInsecure || isOnLoopback(address)) return undefined;
    throw new Misuse(
      `${address} is not this host's loopback: say who you are with --tls-cert, --tls-key and --tls-ca (causeway pki makes them), or speak plaintext with --insecure`,
    );
  }
  if (isInsecure) throw new Misuse('--insecure and certificates: expected one of them');
  if (cert === undefined || key === undefined || ca === undefined)
    throw new Misuse('--tls-cert, --tls-key and --tls-ca: expected all of them, or none');
  return loadTls({ cert, key, ca }, { readFile, nowMs: clock.nowMs() });

  function given(name: 'tlsCert' | 'tlsKey' | 'tlsCa'): string | undefined {
    const flag = options[name];
    return typeof flag === 'string' ? flag : env[variables[name]] || undefined;
  }
}
