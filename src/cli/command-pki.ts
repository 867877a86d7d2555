/** `causeway pki`: a small CA in a folder, asked of nobody else. Loaded only when it is called. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Command } from 'commander';
import { parseIdentity } from '../domain/identity.ts';
import { type Authority, deniedFile, filesOf, initAuthority, issuerFile } from '../pki/authority.ts';
import type { Denying } from '../pki/deny.ts';
import { currentOf, type Issued, issuerNamed, pathOf, stateOf } from '../pki/record.ts';
import { bundleCommand } from './command-pki-bundle.ts';
import { pushCommand } from './command-pki-push.ts';
import { rotateProbeKeysCommand } from './command-pki-rotate-probe-keys.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import {
  defaultFolder,
  dirOption,
  folderOf,
  folderVariable,
  identitiesNamed,
  identityHelp,
  identityNamed,
  withAuthority,
} from './pki-run.ts';
import { openSession, type Session } from './session.ts';
import { table } from './table.ts';

const usualCaDays = 3_650;
const renewedElsewhere =
  'What programs have renewed by an issuer since is not in this folder: "due" and "expired" need not be theirs any more. ' +
  'causeway status names those that are due and have not.\n';

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
  for (const make of [
    init,
    issue,
    renew,
    list,
    deny,
    pushCommand,
    issuer,
    bundleCommand,
    rotateProbeKeysCommand,
  ])
    pki.addCommand(make(io));
  return pki;
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
        const { certificates, issuers } = authority.record;
        const all = answer(
          authority,
          [...certificates, ...issuers],
          io,
          'This CA has made no certificate yet.\n',
        );
        const renews = issuers.some(
          (one) => currentOf(authority.record, one.identity, io.clock.nowMs()) === one,
        );
        session.print({ ...all, table: () => all.table() + (renews ? renewedElsewhere : '') });
      });
    });
}

function deny(io: CliIo): Command {
  return new Command('deny')
    .description('put certificates on the list of those that are believed no more')
    .argument(
      '<IDENTITY|SERIAL>',
      'all that were made for it so far, or the one of that serial number; issuer/NAME: an issuer',
    )
    .requiredOption('--reason <TEXT>', 'why, for those who read the list')
    .addOption(dirOption())
    .addHelpText(
      'after',
      `
What was renewed of a certificate is denied with it; with an issuer, all that it has signed. The list is the file "${deniedFile}" in the CA's
folder: causeway pki push brings it to the coordinators, which end what is connected by a denied certificate, let nobody in by one, and tell
their agents. A new certificate may be issued to the same identity.

Example:
  causeway pki deny realserver/lon/lon-r1 --reason "the machine was sold with its disk"
  causeway pki push`,
    )
    .action(async (word: string, { reason }: { reason: string }, command: Command) => {
      await withAuthority(command, io, async ({ authority, session }) => {
        const denied = await authority.deny(denyingOf(word, authority), reason);
        const file = join(authority.folder, deniedFile);
        const lines = denied.map(({ serial, identity }) => `denied ${serial} of ${identity}\n`);
        const told = lines.length === 0 ? [`denied whatever was renewed of ${word}\n`] : lines;
        session.print({
          table: () =>
            `${told.join('')}Now tell the coordinators: causeway pki push, or, from another host, causeway pki push --file ${file}\n`,
          data: () => ({ denied: denied.map(({ serial, identity }) => ({ serial, identity })), file }),
        });
      });
    });
}

function denyingOf(word: string, authority: Authority): Denying {
  if (/^[0-9a-f]+$/i.test(word)) return { serial: word };
  const issuer = issuerNamed(word);
  return issuer === undefined ? identityNamed(word, authority) : { issuer };
}

function issuer(io: CliIo): Command {
  return new Command('issuer')
    .description(
      'make a CA below this one, by which coordinators renew the certificates of agents and their own',
    )
    .argument('<NAME>', 'such as the site where it is used')
    .option('--days <N>', 'how long it lives: 1 to 398 (default: 90)')
    .addOption(dirOption())
    .addHelpText(
      'after',
      `
It signs certificates of coordinators, directors and real servers, for whoever has one, of the same identity and no longer life; none of
people. Bring its file to a coordinator (its tls.issuer, or causeway pki bundle --issuer NAME), readable for that alone. Made again, it
replaces the one before, which stays good until its end.

Example:
  causeway pki issuer fra --days 30`,
    )
    .action(async (name: string, { days }: { days?: string }, command: Command) => {
      const life = daysOf(days);
      await withAuthority(command, io, async ({ authority, session }) => {
        printMade(session, authority, [await authority.issueIssuer(name, life)], io);
      });
    });
}

function printMade(session: Session, authority: Authority, made: readonly Issued[], io: CliIo): void {
  session.print(answer(authority, made, io, 'Nothing is due.\n'));
}

function answer(authority: Authority, certificates: readonly Issued[], io: CliIo, none: string) {
  const rows = certificates.map((one) => {
    const path = pathOf(authority.record, one);
    const name = issuerNamed(path);
    const file = name === undefined ? filesOf(parseIdentity(one.identity)).cert : issuerFile(name);
    return {
      identity: path,
      state: stateOf(authority.record, one, io.clock.nowMs()),
      until: `${new Date(one.notAfterMs).toISOString().slice(0, 16)}Z`,
      serial: one.serial,
      certificate: join(authority.folder, file),
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

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new Misuse(`--days: found ${JSON.stringify(text)}, expected a number of days`);
}
