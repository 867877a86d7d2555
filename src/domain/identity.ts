/** Who the holder of a certificate is: the one SPIFFE ID in it, and which there are. */
import { CausewayError } from './error.ts';
import { nameExpected, namePattern } from './name.ts';

/** By the first part of the ID's path: whether a site stands between it and the name. */
export const identityRoles = {
  coordinator: { hasSite: true },
  director: { hasSite: true },
  realserver: { hasSite: true },
  /** May do everything that operators may. */
  admin: { hasSite: false },
  /** May look, and change what the Settings give him. */
  operator: { hasSite: false },
  /** May look, and change nothing. */
  viewer: { hasSite: false },
} as const satisfies Readonly<Record<string, { readonly hasSite: boolean }>>;

export type IdentityRole = keyof typeof identityRoles;

export interface Identity {
  /** The trust domain: all that believe one CA. */
  readonly domain: string;
  readonly role: IdentityRole;
  /** Undefined for people. */
  readonly site: string | undefined;
  readonly name: string;
}

const pathsExpected = Object.entries(identityRoles)
  .map(([role, { hasSite }]) => `${role}/${hasSite ? 'SITE/' : ''}NAME`)
  .join(', ');

const scheme = 'spiffe://';
/** SPIFFE ID, sections 2.1 and 2.4: small letters, digits, ".", "-" and "_"; the whole at most 2,048 bytes. */
const domainPattern = /^[a-z0-9._-]{1,255}$/;
const longestUri = 2_048;

/** `spiffe://DOMAIN/director/SITE/NAME` in its parts. Throws `invalid` with what was found and what is expected. */
export function parseIdentity(uri: string): Identity {
  if (uri.length > longestUri)
    throw mistake(`${uri.slice(0, 40)}…`, `${uri.length} characters`, `at most ${longestUri}`);
  if (!uri.startsWith(scheme)) throw mistake(uri, 'another scheme', `${scheme}DOMAIN/…`);
  const rest = uri.slice(scheme.length);
  const slash = rest.indexOf('/');
  const domain = slash < 0 ? rest : rest.slice(0, slash);
  checkDomain(domain);
  return parseIdentityPath(domain, slash < 0 ? '' : rest.slice(slash + 1));
}

/** As `parseIdentity`, for what stands behind the domain: `director/fra/fra-d1`. */
export function parseIdentityPath(domain: string, path: string): Identity {
  const [word = '', ...parts] = path.split('/');
  const role = roleNamed(word);
  if (role === undefined) throw mistake(path, `role ${JSON.stringify(word)}`, `one of ${pathsExpected}`);
  const { hasSite } = identityRoles[role];
  if (parts.length !== (hasSite ? 2 : 1)) {
    const found = `${parts.length} ${parts.length === 1 ? 'part' : 'parts'} behind ${role}`;
    throw mistake(path, found, `${role}/${hasSite ? 'SITE/' : ''}NAME`);
  }
  const odd = parts.find((part) => !namePattern.test(part));
  if (odd !== undefined) throw mistake(path, JSON.stringify(odd), nameExpected);
  const [first = '', second = ''] = parts;
  return { domain, role, site: hasSite ? first : undefined, name: hasSite ? second : first };
}

/** Throws `invalid`. */
export function checkDomain(domain: string): void {
  if (domainPattern.test(domain)) return;
  throw mistake(
    domain,
    `trust domain ${JSON.stringify(domain)}`,
    'one of small letters, digits, ".", "-" and "_", such as causeway.example',
  );
}

export function identityUri(identity: Identity): string {
  return `${scheme}${identity.domain}/${identityPath(identity)}`;
}

/** Without the domain: `director/fra/fra-d1`. */
export function identityPath({ role, site, name }: Identity): string {
  return site === undefined ? `${role}/${name}` : `${role}/${site}/${name}`;
}

function roleNamed(word: string): IdentityRole | undefined {
  const known: readonly string[] = Object.keys(identityRoles);
  return known.includes(word) ? (word as IdentityRole) : undefined;
}

function mistake(subject: string, found: string, expected: string): CausewayError {
  return new CausewayError({
    code: 'invalid',
    operation: 'read identity',
    subject,
    message: `found ${found}, expected ${expected}`,
  });
}
