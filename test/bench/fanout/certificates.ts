/** A CA for one run of the fan-out, and certificates of all who take part: each agent has its own, as in the product. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTls, readTlsTexts, type TlsFiles, type TlsMaterial } from '../../../src/api/tls-files.ts';
import { identityPath, parseIdentityPath } from '../../../src/domain/identity.ts';
import type { Member } from '../../../src/domain/member.ts';
import { type KeyPair, makeAuthority, signLeaf } from '../../../src/pki/sign.ts';

const domain = 'bench.example';
const lifeMs = 24 * 3_600_000;
const leewayMs = 60_000;
/** All agents' in one file: by the path of their identities. */
const agentsFile = 'agents.json';

/** What stands in the folder afterwards, the functions below read. */
export async function makeCertificates(folder: string, members: readonly Member[]): Promise<void> {
  const nowMs = Date.now();
  const validity = { notBeforeMs: nowMs - leewayMs, notAfterMs: nowMs + lifeMs };
  const serial = (): string => `01${randomBytes(8).toString('hex')}`;
  const authority = await makeAuthority(domain, serial(), validity);
  const made = (path: string): Promise<KeyPair> =>
    signLeaf(authority, parseIdentityPath(domain, path), serial(), validity);
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  for (const path of [coordinatorPath, adminPath]) {
    const { cert, key } = await made(path);
    const files = filesOf(folder, path);
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
  }
  const agents: Record<string, KeyPair> = {};
  for (const member of members) agents[pathOf(member)] = await made(pathOf(member));
  writeFileSync(join(folder, agentsFile), JSON.stringify(agents));
}

export const coordinatorPath = 'coordinator/site-00/bench';
export const adminPath = 'admin/bench';

export function filesOf(folder: string, path: string): TlsFiles {
  const name = path.replaceAll('/', '-');
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`), ca: join(folder, 'ca.pem') };
}

export function materialOf(files: TlsFiles): TlsMaterial {
  return parseTls(
    readTlsTexts(files, (path) => readFileSync(path, 'utf8')),
    files,
  );
}

/** Of each of these agents, by its name. */
export function agentMaterials(folder: string, members: readonly Member[]): ReadonlyMap<string, TlsMaterial> {
  const ca = readFileSync(join(folder, 'ca.pem'), 'utf8');
  const pairs: Readonly<Record<string, KeyPair>> = JSON.parse(readFileSync(join(folder, agentsFile), 'utf8'));
  return new Map(
    members.map((member) => {
      const { cert = '', key = '' } = pairs[pathOf(member)] ?? {};
      const files = filesOf(folder, pathOf(member));
      return [member.name, parseTls({ cert, key, ca, denied: undefined, renewed: undefined }, files)];
    }),
  );
}

function pathOf({ role, site, name }: Member): string {
  return identityPath({ domain, role, site, name });
}
