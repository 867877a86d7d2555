/** What one host needs, in files that go to its `/etc/causeway` as they are: keys, certificates, the CA, configurations. */
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CausewayError } from '../domain/error.ts';
import { type Identity, type IdentityRole, identityPath, identityUri } from '../domain/identity.ts';
import { type Authority, caFile, deniedFile, filesOf, issuerFile } from './authority.ts';
import { currentOf, issuerUri } from './record.ts';

export interface BundleOptions {
  readonly identities: readonly Identity[];
  /** Where the files will stand on the host. */
  readonly place: string;
  /** Of agents: this host's, and where their coordinators are. */
  readonly address: string | undefined;
  readonly coordinators: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Of coordinators. */
  readonly listen: string | undefined;
  /** Name of the issuer that it is given; made where there is none that is good. */
  readonly issuer: string | undefined;
  readonly nowMs: number;
}

/** Name to text, keys among them. Certificates that are missing or no longer good are made. Throws `invalid`, and as `issue`. */
export async function bundleFiles(
  authority: Authority,
  options: BundleOptions,
): Promise<ReadonlyMap<string, string>> {
  const { identities, issuer, nowMs } = options;
  check(options);
  const missing = identities.filter(
    (one) => currentOf(authority.record, identityUri(one), nowMs) === undefined,
  );
  await authority.issue(missing, undefined);
  const files = new Map<string, string>([[caFile, authority.read(caFile)]]);
  for (const identity of identities) {
    const { role } = identity;
    const { cert, key } = filesOf(identity);
    files.set(`${role}.pem`, authority.read(cert));
    files.set(`${role}.key`, authority.read(key));
    files.set(...configuration(identity, options));
    if (role !== 'coordinator') continue;
    files.set(deniedFile, authority.read(deniedFile));
    if (issuer !== undefined) files.set(bundledIssuer, await issuerText(authority, issuer, nowMs));
  }
  return files;
}

const bundledIssuer = 'issuer.pem';

async function issuerText(authority: Authority, name: string, nowMs: number): Promise<string> {
  const uri = issuerUri(authority.record.domain, name);
  if (currentOf(authority.record, uri, nowMs) === undefined) await authority.issueIssuer(name, undefined);
  return authority.read(issuerFile(name));
}

function check({ identities, address, coordinators, issuer }: BundleOptions): void {
  const roles = identities.map(({ role }) => role);
  const twice = roles.find((role, index) => roles.indexOf(role) !== index);
  if (twice !== undefined) throw invalid(twice, 'a host has one of each role at most');
  if (issuer !== undefined && !roles.includes('coordinator'))
    throw invalid(issuer, 'an issuer is for a coordinator, and there is none in this bundle');
  const agent = identities.find(({ role }) => role === 'director' || role === 'realserver');
  if (agent === undefined) return;
  if (address === undefined) throw invalid(identityPath(agent), 'it needs --address, that of its host');
  if (coordinators.length === 0)
    throw invalid(identityPath(agent), 'it needs --coordinators, those that it calls');
}

function configuration(identity: Identity, options: BundleOptions): [name: string, text: string] {
  const { role, site, name } = identity;
  const { place, address, coordinators, labels, listen, issuer } = options;
  const at = (file: string): string => join(place, file);
  const tls = { cert: at(`${role}.pem`), key: at(`${role}.key`), ca: at(caFile) };
  const own = { site, name };
  const agent = { ...own, address, coordinators };
  const text: Readonly<Record<IdentityRole, () => string>> = {
    coordinator: () =>
      stringify({
        ...own,
        ...(listen === undefined ? {} : { listen }),
        tls: {
          ...tls,
          denied: at(deniedFile),
          ...(issuer === undefined ? {} : { issuer: at(bundledIssuer) }),
        },
      }),
    director: () => stringify({ ...agent, tls }),
    realserver: () => stringify({ ...agent, ...(Object.keys(labels).length === 0 ? {} : { labels }), tls }),
    admin: () => variables(tls, coordinators),
    operator: () => variables(tls, coordinators),
    viewer: () => variables(tls, coordinators),
  };
  const isPerson = site === undefined;
  return [`${role}.${isPerson ? 'env' : 'yaml'}`, text[role]()];
}

/** For a shell: `set -a; . admin.env; set +a`. */
function variables(
  { cert, key, ca }: { readonly cert: string; readonly key: string; readonly ca: string },
  [coordinator]: readonly string[],
): string {
  return [
    ...(coordinator === undefined ? [] : [`CAUSEWAY_COORDINATOR=${coordinator}`]),
    `CAUSEWAY_TLS_CERT=${cert}`,
    `CAUSEWAY_TLS_KEY=${key}`,
    `CAUSEWAY_TLS_CA=${ca}`,
    '',
  ].join('\n');
}

function invalid(subject: string, message: string): CausewayError {
  return new CausewayError({ code: 'invalid', operation: 'make bundle', subject, message });
}
