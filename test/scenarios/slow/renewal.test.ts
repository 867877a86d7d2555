/** Certificates of a few minutes, and the real programs until they are due: nothing here steps a clock. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, type TestContext, test } from 'vitest';
import { parseIdentityPath } from '../../../src/domain/identity.ts';
import type { Status } from '../../../src/domain/status.ts';
import { dayMs, leewayMs } from '../../../src/pki/lives.ts';
import { newSerial } from '../../../src/pki/serial.ts';
import { signLeaf } from '../../../src/pki/sign.ts';
import { paceNow } from '../../pace.ts';
import { type TestAuthority, testAuthority, testDomain } from '../../pki/certificates.ts';
import { openProgramHost, type ProgramHost, programHostMissing } from '../programs.ts';
import { until } from '../until.ts';

const here = '10.1.0.2';
/** Programs look at theirs once a minute: the end is far enough for two looks, however long a start takes here. */
const firstLifeMs = 90_000 + 60_000 * paceNow();
const deadlineMs = 2 * firstLifeMs + 240_000;
const timeout = { timeout: 2 * deadlineMs };
const folder = mkdtempSync(join(tmpdir(), 'causeway-renewal-'));
const noHosts = programHostMissing();
afterAll(() => rmSync(folder, { recursive: true }));

type Log = readonly Record<string, unknown>[];

interface World {
  readonly ca: TestAuthority;
  /** Of the coordinator. */
  readonly log: Log;
  startRealServer(name: string, certificate: string): Log;
  status(): Promise<Status>;
  push(): Promise<string>;
}

/** A host with a coordinator that has an issuer, until the test ends. */
async function open(name: string, { onTestFinished, skip }: TestContext): Promise<World> {
  if (noHosts !== undefined) skip(noHosts);
  const host: ProgramHost = await openProgramHost([here]);
  onTestFinished(() => host.dispose());
  const ca = await testAuthority();
  onTestFinished(() => ca.remove());
  const own = join(folder, name);
  mkdirSync(own);
  const issuer = await ca.issuer(name);
  const files = await ca.issue(`coordinator/fra/${name}`);
  const alice = await ca.issue(`admin/of-${name}`);
  const tlsOf = ({ cert, key }: { cert: string; key: string }): string[] => [
    ...['--tls-cert', cert, '--tls-key', key, '--tls-ca', join(ca.folder, 'ca.pem')],
  ];
  const log = host.start('coordinator', [
    ...['--site', 'fra', '--name', name, '--listen', `${here}:7400`, '--http', 'off'],
    ...['--state-dir', join(own, 'coordinator'), ...tlsOf(files), '--tls-issuer', issuer],
  ]);
  await has(log, ({ msg }) => msg === 'ready');
  const asAlice = ['--coordinator', `${here}:7400`, ...tlsOf(alice)];
  return {
    ...{ ca, log },
    startRealServer: (agent, certificate) =>
      host.start('realserver', [
        ...['--site', 'fra', '--name', agent, '--address', here, '--coordinators', `${here}:7400`],
        ...['--state-dir', join(own, agent), '--http', 'off'],
        ...tlsOf({ cert: certificate, key: certificate }),
      ]),
    status: async () => JSON.parse(await host.causeway(['status', '--output', 'json', ...asAlice])),
    push: () => host.causeway(['pki', 'push', '--dir', ca.folder, ...asAlice]),
  };
}

/** Key and certificate in one file, of a life that nobody can ask the CA for. */
async function certificate(
  { ca }: World,
  name: string,
  validity: { notBeforeMs: number; notAfterMs: number },
): Promise<string> {
  const read = (file: string): string => readFileSync(join(ca.folder, file), 'utf8');
  const authority = { cert: read('ca.pem'), key: read('ca.key') };
  const identity = parseIdentityPath(testDomain, `realserver/fra/${name}`);
  const made = await signLeaf(authority, identity, newSerial(randomBytes), validity);
  const file = join(folder, `${name}.pem`);
  writeFileSync(file, `${made.cert}${made.key}`);
  return file;
}

function has(log: Log, isIt: (entry: Record<string, unknown>) => boolean): Promise<void> {
  const last = (): string[] => log.slice(-8).map((entry) => JSON.stringify(entry));
  return until(() => (log.some(isIt) ? [] : ['a line behind these', ...last()]), deadlineMs);
}

async function agent({ status }: World, name: string) {
  const found = (await status()).agents.find((one) => one.name === name);
  if (found === undefined) throw new Error(`nobody knows ${name}`);
  return found;
}

function connected(world: World, name: string, isConnected = true): Promise<void> {
  return until(async () => {
    const found = await agent(world, name);
    return found.connected === isConnected ? [] : [`${name} connected: ${isConnected}`];
  }, deadlineMs);
}

/** Of a certificate; nobody is asked meanwhile, who has enough to do. */
function end({ notAfterMs }: { readonly notAfterMs: number }): Promise<void> {
  return until(() => (Date.now() > notAfterMs ? [] : ['its end']), deadlineMs);
}

/** Their lives as the CA would have made them: five minutes of them lie in the past. */
const shortly = (nowMs = Date.now()) => ({ notBeforeMs: nowMs - leewayMs, notAfterMs: nowMs + firstLifeMs });

test.concurrent(
  'a real server renews its certificate while it is connected, and goes on beyond the first one',
  timeout,
  async (context) => {
    const world = await open('c1', context);
    const life = shortly();
    const log = world.startRealServer('r1', await certificate(world, 'r1', life));
    await connected(world, 'r1');
    await has(log, ({ msg }) => msg === 'certificate renewed');
    const renewed = log.find(({ msg }) => msg === 'certificate renewed');
    expect(Date.parse(String(renewed?.until))).toBeGreaterThan(life.notAfterMs);
    // It asked in time: nobody had to turn it away first. (A machine that is too busy may drop a connection.)
    expect(Number(renewed?.time)).toBeLessThan(life.notAfterMs);
    expect(world.log.filter(({ msg }) => msg === 'refused')).toEqual([]);
    expect(world.log.find(({ msg }) => msg === 'certificate renewed for its holder')).toMatchObject({
      by: `spiffe://${testDomain}/realserver/fra/r1`,
    });
    await end(life);
    await until(async () => {
      const nowMs = Date.now();
      const { connected, reportAgeMs = Number.POSITIVE_INFINITY } = await agent(world, 'r1');
      return connected && nowMs - reportAgeMs > life.notAfterMs
        ? []
        : ['a report after the end of the first one'];
    }, deadlineMs);
  },
);

test.concurrent(
  'who is refused his next one tells so while he is heard, is cut off when his own ends, and comes back with a new one',
  timeout,
  async (context) => {
    const world = await open('c2', context);
    // Longer than an issuer may sign, and nearly over.
    const life = { ...shortly(), notBeforeMs: Date.now() - 9 * dayMs };
    const log = world.startRealServer('r2', await certificate(world, 'r2', life));
    await connected(world, 'r2');
    const why = /an issuer makes none that lives for \d+ days/;
    await has(
      log,
      ({ msg, reason }) => /^certificate not renewed/.test(String(msg)) && why.test(String(reason)),
    );
    await until(async () => {
      const { connected, troubles } = await agent(world, 'r2');
      const told = troubles.some((one) => /renew it \(causeway pki renew\)/.test(one) && why.test(one));
      return connected && told ? [] : [`that it has to be renewed: ${troubles}`];
    }, deadlineMs);
    expect(Date.now()).toBeLessThan(life.notAfterMs);
    await end(life);
    await has(
      world.log,
      ({ msg, identity, reason }) =>
        msg === 'refused' &&
        /\/r2$/.test(String(identity)) &&
        /its certificate has expired/.test(String(reason)),
    );
    await connected(world, 'r2', false);
    await has(log, ({ why }) => /has expired on \S+: renew it \(causeway pki renew\)/.test(String(why)));
    await certificate(world, 'r2', { ...shortly(), notAfterMs: Date.now() + dayMs });
    await connected(world, 'r2');
  },
);

test.concurrent(
  'who is denied is cut off long before his certificate ends, and is given no other',
  timeout,
  async (context) => {
    const world = await open('c3', context);
    const life = shortly();
    const log = world.startRealServer('r3', await certificate(world, 'r3', life));
    await connected(world, 'r3');
    await world.ca.deny('realserver/fra/r3');
    await world.push();
    await connected(world, 'r3', false);
    await has(
      world.log,
      ({ msg, identity, reason }) =>
        msg === 'refused' && /\/r3$/.test(String(identity)) && /is denied/.test(String(reason)),
    );
    await has(log, ({ msg }) => msg === 'coordinator not connected');
    // At its next look, if that comes before its end; it is refused at the door, as everything is that it asks for.
    await has(log, ({ msg }) => /^certificate not renewed/.test(String(msg)));
    expect(world.log.filter(({ msg }) => msg === 'certificate renewed for its holder')).toEqual([]);
    expect((await agent(world, 'r3')).connected).toBe(false);
  },
);
