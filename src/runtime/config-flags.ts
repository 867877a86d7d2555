/** The command line of the programs that take no commands: their flags, `--help` and `--version`. */
import { Command, CommanderError } from 'commander';
import { type ConfigKey, configKeys, type Role } from './config-keys.ts';
import { ProgramExit } from './program-exit.ts';
import { programVersion } from './version.ts';

export interface Flags {
  readonly config: string | undefined;
  /** Text behind each key's flag; switches as `true` and `false`. */
  readonly values: ReadonlyMap<string, string>;
}

const summaries: Readonly<Record<Role, string>> = {
  director:
    'Programs the IPVS of this host, claims the VIPs and probes the real servers through their tunnels.',
  realserver: 'Brings up the tunnel and the VIPs on this host and checks its applications.',
  coordinator: 'Keeps resources, membership and latency, and gives every agent of its site what it must do.',
};

const examples: Readonly<Record<Role, string>> = {
  director: 'causeway-director --site fra --address 10.1.0.2 --coordinators 10.1.0.9',
  realserver:
    'causeway-realserver --site fra --address 10.1.0.11 --coordinators 10.1.0.9 --labels app=web,tier=a',
  coordinator: 'causeway-coordinator --site fra --state-dir /var/lib/causeway/coordinator',
};

/** Throws `ProgramExit` for `--help`, `--version` (status 0) and a command line that is wrong (status 2). */
export function parseFlags(role: Role, argv: readonly string[]): Flags {
  let out = '';
  const keys: Readonly<Record<string, ConfigKey<unknown>>> = configKeys[role];
  const command = new Command(`causeway-${role}`)
    .description(summaries[role])
    .version(programVersion, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--config <FILE>', `configuration file (default: /etc/causeway/${role}.yaml, if it is there)`)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        out += text;
      },
      writeErr: () => {},
    });
  for (const [name, key] of Object.entries(keys)) {
    if (key.placeholder !== undefined) command.option(`${flagName(name)} <${key.placeholder}>`, key.help);
    else command.option(flagName(name), key.help);
    if (key.placeholder === undefined && key.flagOnly !== true)
      command.option(flagName(`no-${name}`), 'the opposite');
  }
  command.addHelpText(
    'after',
    `\nEvery flag but --help, --version and --cleanup is also a key of the file (--state-dir: stateDir) and a variable
(CAUSEWAY_STATE_DIR). Flags come before variables, variables before the file.\n\nExample:\n  ${examples[role]}`,
  );
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) throw new ProgramExit(0, out);
    const message = error.message.replace(/^error: /, '');
    throw new ProgramExit(2, `causeway-${role}: ${message}\nSee causeway-${role} --help.\n`);
  }
  const options: Record<string, unknown> = command.opts();
  const values = new Map<string, string>();
  for (const name of Object.keys(keys)) {
    if (options[name] !== undefined) values.set(name, String(options[name]));
  }
  return { config: typeof options.config === 'string' ? options.config : undefined, values };
}

/** `stateDir` → `--state-dir`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
