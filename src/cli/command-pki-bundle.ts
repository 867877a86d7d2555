/** `causeway pki bundle`: all that one host needs, in one folder. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { namePattern } from '../domain/name.ts';
import { bundleFiles } from '../pki/bundle.ts';
import { splitEndpoint } from '../runtime/endpoint.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { dirOption, identitiesNamed, identityHelp, withAuthority } from './pki-run.ts';

interface BundleFlags {
  readonly address?: string;
  readonly coordinators?: string;
  readonly labels?: string;
  readonly listen?: string;
  readonly issuer?: string;
  readonly place: string;
  readonly out?: string;
}

export function bundleCommand(io: CliIo): Command {
  return new Command('bundle')
    .description('write all that one host needs: keys, certificates, the CA, configurations')
    .argument('<HOST>', 'names the folder')
    .argument('<IDENTITY...>', `what runs there: ${identityHelp}`)
    .option('--address <IP>', "of the host, where it has an agent (its configuration's address)")
    .option('--coordinators <HOST[:PORT],…>', 'those that its agents, or its people, call')
    .option('--labels <KEY=VALUE,…>', 'of a real server')
    .option('--listen <HOST:PORT>', 'of a coordinator')
    .option('--issuer <NAME>', 'of a coordinator: gives it that issuer, by which its agents and itself renew')
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
          issuer: flags.issuer,
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
