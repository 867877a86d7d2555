/** `causeway pki`: a small CA in a folder, asked of nobody else. Loaded only when it is called. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type Identity, identityPath, parseIdentity, parseIdentityPath } from '../domain/identity.ts';
import { namePattern } from '../domain/name.ts';
import { type Authority, deniedFile, filesOf, initAuthority, openAuthority } from '../pki/authority.ts';
import { bundleFiles } from '../pki/bundle.ts';
import { type Issued, stateOf } from '../pki/record.ts';
import { splitEndpoint } from '../runtime/endpoint.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { openSession, type Session } from './session.ts';
import { table } from './table.ts';

const defaultFolder = 'causeway-pki';
const folderVariable = 'CAUSEWAY_PKI_DIR';
const usualCaDays = 3_650;

const identityHelp =
  'coordinator/SITE/NAME, director/SITE/NAME, realserver/SITE/NAME, admin/NAME, operator/NAME or viewer/NAME';

export function pkiCommand(io: CliIo): Command {
  const pki = new Command('pki')
    .description('make and deny the certificates by which programs and operators know each other')
    .addHelpText(
      'after',
      `
The CA is a folder on a machine of yours that needs no network: ${defaultFolder}, or --dir, or ${folderVariable}. Whoever has its ca.key
can be anybody: keep the folder where nobody else can read it, with a copy elsewhere.

Example:
  causeway pki init --domain causeway.example
  causeway pki bundle fra-d1 coordinator/fra/fra-c1 director/fra/fra-d1 --address 10.1.0.2 --coordinators 10.1.0.2
  causeway pki issue admin/alice --days 30`,
    );
  for (const make of [init, issue, renew, list, deny, bundle]) pki.addCommand(make(io));
  return pki;
}

function dirOption(): Option {
  return new Option('--dir <DIR>', `the folder of the CA (${folderVariable}; default: ${defaultFolder})`);
}

function folderOf(command: Command, io: CliIo): string {
  const { dir }: { dir?: string } = command.opts();
  return resolve(dir ?? (io.env[folderVariable] || defaultFolder));
}

interface Run {
  readonly authority: Authority;
  readonly session: Session;
}

async function withAuthority(command: Command, io: CliIo, run: (run: Run) => Promise<void>): Promise<void> {
  const session = openSession(command, io);
  const authority = openAuthority(folderOf(command, io), { nowMs: io.clock.nowMs(), randomBytes });
  try {
    await run({ authority, session });
  } finally {
    authority.close();
  }
}

function init(io: CliIo): Command {
  return new Command('init')
    .description('make a CA: a key that never leaves its folder, and the certificate that everybody is given')
    .requiredOption('--domain <DOMAIN>', 'the trust domain: a name of yours, such as causeway.example')
    .option('--days <N>', `how long the CA lives (default: ${usualCaDays})`)
    .addOption(dirOption())
    .addHelpText('after', '\nExample:\n  causeway pki init --domain causeway.example')
    .action(async ({ domain, days }: { domain: string; days?: string }, command: Command) => {
      const folder = folderOf(command, io);
      const session = openSession(command, io);
      const life = daysOf(days) ?? usualCaDays;
      await initAuthority(folder, { domain, days: life }, { nowMs: io.clock.nowMs(), randomBytes });
      session.print({
        table: () =>
          `A CA for ${domain} stands in ${folder}. Its ca.key can make anybody's certificate: keep a copy where nobody else reads it.\n`,
        data: () => ({ domain, folder }),
      });
    });
}

function issue(io: CliIo): Command {
  return new Command('issue')
    .description('make a key and a certificate for each')
    .argument('<IDENTITY...>', identityHelp)
    .option('--days <N>', 'how long it lives: 1 to 7 for programs (default: 7), to 398 for people (30)')
    .addOption(dirOption())
    .addHelpText(
      'after',
      `
What was issued to the same identity before stays good until its end: deny it, where its key was lost.

Example:
  causeway pki issue admin/alice viewer/dashboard --days 90
  causeway pki issue director/fra/fra-d2`,
    )
    .action(async (words: string[], { days }: { days?: string }, command: Command) => {
      const life = daysOf(days);
      await withAuthority(command, io, async ({ authority, session }) => {
        const made = await authority.issue(identitiesNamed(words, authority), life);
        printMade(session, authority, made, io);
      });
    });
}

function renew(io: CliIo): Command {
  return new Command('renew')
    .description(
      'make a new key and certificate for all that are past two thirds of their life, or for these',
    )
    .argument('[IDENTITY...]', identityHelp)
    .addOption(dirOption())
    .addHelpText(
      'after',
      `
Bring the files to their hosts (or make their bundles anew): programs take them within seconds, without a restart. Expired
certificates are renewed where they are named.

Example:
  causeway pki renew && causeway pki list`,
    )
    .action(async (words: string[], _: unknown, command: Command) => {
      await withAuthority(command, io, async ({ authority, session }) => {
        const named = words.length === 0 ? undefined : identitiesNamed(words, authority);
        printMade(session, authority, await authority.renew(named), io);
      });
    });
}

function list(io: CliIo): Command {
  return new Command('list')
    .description('show whom certificates were made for, and until when they are good')
    .addOption(dirOption())
    .addHelpText('after', '\nExample:\n  causeway pki list -o json')
    .action(async (_: unknown, command: Command) => {
      await withAuthority(command, io, async ({ authority, session }) => {
        const { certificates } = authority.record;
        session.print(answer(authority, certificates, io, 'This CA has made no certificate yet.\n'));
      });
    });
}

function deny(io: CliIo): Command {
  return new Command('deny')
    .description('put certificates on the list of those that are believed no more')
    .argument('<IDENTITY|SERIAL>', 'all that were made for it so far, or the one of that serial number')
    .requiredOption('--reason <TEXT>', 'why, for those who read the list')
    .addOption(dirOption())
    .addHelpText(
      'after',
      `
The list is the file "${deniedFile}" in the CA's folder: bring it to each coordinator (its tls.denied), which takes it within seconds, and
ends what is connected by a denied certificate.

Example:
  causeway pki deny realserver/lon/lon-r1 --reason "the machine was sold with its disk"`,
    )
    .action(async (word: string, { reason }: { reason: string }, command: Command) => {
      await withAuthority(command, io, async ({ authority, session }) => {
        const who = /^[0-9a-f]+$/i.test(word) ? word : identityNamed(word, authority);
        const denied = await authority.deny(who, reason);
        session.print({
          table: () =>
            `${denied.map(({ serial, identity }) => `denied ${serial} of ${identity}\n`).join('')}Bring ${join(authority.folder, deniedFile)} to each coordinator.\n`,
          data: () => ({ denied: denied.map(({ serial, identity }) => ({ serial, identity })) }),
        });
      });
    });
}

interface BundleFlags {
  readonly address?: string;
  readonly coordinators?: string;
  readonly labels?: string;
  readonly listen?: string;
  readonly place: string;
  readonly out?: string;
}

function bundle(io: CliIo): Command {
  return new Command('bundle')
    .description('write all that one host needs: keys, certificates, the CA, configurations')
    .argument('<HOST>', 'names the folder')
    .argument('<IDENTITY...>', `what runs there: ${identityHelp}`)
    .option('--address <IP>', "of the host, where it has an agent (its configuration's address)")
    .option('--coordinators <HOST[:PORT],…>', 'those that its agents, or its people, call')
    .option('--labels <KEY=VALUE,…>', 'of a real server')
    .option('--listen <HOST:PORT>', 'of a coordinator')
    .option('--place <DIR>', 'where the files will stand on the host', '/etc/causeway')
    .option('--out <DIR>', "where they are written (default: bundles/HOST in the CA's folder)")
    .addOption(dirOption())
    .addHelpText(
      'after',
      `
Certificates that are missing or no longer good are made. The bundle holds keys: bring it over a connection that nobody else reads.

Example:
  causeway pki bundle lon-r1 realserver/lon/lon-r1 --address 10.2.0.11 --coordinators 10.1.0.2 --labels app=web
  scp causeway-pki/bundles/lon-r1/* root@lon-r1:/etc/causeway/`,
    )
    .action(async (host: string, words: string[], flags: BundleFlags, command: Command) => {
      if (!namePattern.test(host)) throw new Misuse(`HOST: found ${JSON.stringify(host)}, expected a name`);
      await withAuthority(command, io, async ({ authority, session }) => {
        const files = await bundleFiles(authority, {
          identities: identitiesNamed(words, authority),
          place: flags.place,
          address: flags.address,
          coordinators: coordinatorsOf(flags.coordinators),
          labels: labelsOf(flags.labels),
          listen: flags.listen,
          nowMs: io.clock.nowMs(),
        });
        const out = resolve(flags.out ?? join(authority.folder, 'bundles', host));
        mkdirSync(out, { recursive: true, mode: 0o700 });
        for (const [name, text] of files) await io.writeFile(join(out, name), text);
        const names = [...files.keys()].toSorted();
        session.print({
          table: () =>
            `${out}: ${names.join(', ')}\nBring them to ${flags.place} on ${host}; keys for their owner's eyes only.\n`,
          data: () => ({ host, folder: out, files: names }),
        });
      });
    });
}

function printMade(session: Session, authority: Authority, made: readonly Issued[], io: CliIo): void {
  session.print(answer(authority, made, io, 'Nothing is due.\n'));
}

function answer(authority: Authority, certificates: readonly Issued[], io: CliIo, none: string) {
  const rows = certificates.map((one) => {
    const identity = parseIdentity(one.identity);
    return {
      identity: identityPath(identity),
      state: stateOf(authority.record, one, io.clock.nowMs()),
      until: `${new Date(one.notAfterMs).toISOString().slice(0, 16)}Z`,
      serial: one.serial,
      certificate: join(authority.folder, filesOf(identity).cert),
    };
  });
  return {
    table: () =>
      rows.length === 0
        ? none
        : table(
            ['identity', 'state', 'until', 'serial', 'certificate'],
            rows.map((row) => [row.identity, row.state, row.until, row.serial, row.certificate]),
          ),
    data: () => ({ domain: authority.record.domain, certificates: rows }),
  };
}

function identitiesNamed(words: readonly string[], authority: Authority): Identity[] {
  return words.map((word) => identityNamed(word, authority));
}

/** With or without the domain. Throws `invalid`. */
function identityNamed(word: string, { record }: Authority): Identity {
  return word.includes('://') ? parseIdentity(word) : parseIdentityPath(record.domain, word);
}

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new Misuse(`--days: found ${JSON.stringify(text)}, expected a number of days`);
}

function coordinatorsOf(text: string | undefined): string[] {
  const given = text?.split(',').map((one) => one.trim()) ?? [];
  const odd = given.find((one) => splitEndpoint(one, 1) === undefined);
  if (odd === undefined) return given;
  throw new Misuse(`--coordinators: found ${JSON.stringify(odd)}, expected HOST or HOST:PORT`);
}

function labelsOf(text: string | undefined): Record<string, string> {
  const pairs = text?.split(',').map((one) => one.trim().split('=')) ?? [];
  const labels: Record<string, string> = {};
  for (const [key = '', value, more] of pairs) {
    if (key === '' || value === undefined || more !== undefined)
      throw new Misuse(`--labels: found ${JSON.stringify(text)}, expected KEY=VALUE,…`);
    labels[key] = value;
  }
  return labels;
}
