/** The whole program as a function: arguments and a world in, exit status out. */
import { Command, CommanderError, Option } from 'commander';
import { CausewayError, messageOf } from '../domain/error.ts';
import { programVersion } from '../runtime/version.ts';
import { defaultWaitSeconds } from './await-agents.ts';
import { Changes } from './changes.ts';
import { applyCommand } from './command-apply.ts';
import { backupCommand } from './command-backup.ts';
import { completionCommand } from './command-completion.ts';
import { deleteCommand } from './command-delete.ts';
import { diffCommand } from './command-diff.ts';
import { drainCommand } from './command-drain.ts';
import { explainCommand } from './command-explain.ts';
import { getCommand } from './command-get.ts';
import { historyCommand } from './command-history.ts';
import { planCommand } from './command-plan.ts';
import { restoreCommand } from './command-restore.ts';
import { rollbackCommand } from './command-rollback.ts';
import { statusCommand } from './command-status.ts';
import { undrainCommand } from './command-undrain.ts';
import { vrrpCommand } from './command-vrrp.ts';
import { whatIfCommand } from './command-whatif.ts';
import { doctorCommand } from './doctor.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { outputForms } from './output.ts';
import { Refusal } from './refusal.ts';
import { defaultCoordinator, defaultTimeoutSeconds } from './session.ts';
import { tlsOptions } from './tls-options.ts';

export type ExitStatus = 0 | 1 | 2;

/** `argv` without the program. 0: done; 1: refused or failed; 2: misused, or, where `--exit-code` asks, that something would change. Errors go to `io.stderr`, never a stack. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitStatus> {
  try {
    await (await program(argv, io)).parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    return failed(error, io);
  }
}

async function program(argv: readonly string[], io: CliIo): Promise<Command> {
  const causeway = new Command('causeway')
    .description('One virtual IP, many datacentres: the admin client.')
    .version(programVersion, '--version', 'print the version')
    .addOption(
      new Option(
        '--coordinator <HOST[:PORT]>',
        `where to ask (CAUSEWAY_COORDINATOR; default: ${defaultCoordinator})`,
      ),
    )
    .addOption(new Option('-o, --output <FORM>', 'how to print').choices(outputForms).default('table'))
    .addOption(
      new Option(
        '--timeout <SECONDS>',
        `how long a call may take, and how long to wait for agents (default: ${defaultTimeoutSeconds}, and ${defaultWaitSeconds} for agents)`,
      ),
    )
    .addHelpText(
      'after',
      '\nExample:\n  causeway plan -f web.yaml && causeway apply -f web.yaml && causeway status',
    );
  for (const option of tlsOptions()) causeway.addOption(option);
  const commands = [
    applyCommand(io),
    planCommand(io),
    getCommand(io),
    statusCommand(io),
    explainCommand(io),
    whatIfCommand(io),
    deleteCommand(io),
    historyCommand(io),
    diffCommand(io),
    rollbackCommand(io),
    backupCommand(io),
    restoreCommand(io),
    drainCommand(io),
    undrainCommand(io),
    doctorCommand(io),
    vrrpCommand(io),
    await labCommand(argv),
    await pkiCommand(argv, io),
    completionCommand(io, causeway),
  ];
  for (const command of commands) causeway.addCommand(command);
  for (const command of [causeway, ...descendants(causeway)]) {
    command
      .exitOverride()
      .configureOutput({
        writeOut: io.stdout,
        writeErr: io.stderr,
        outputError: (text, write) => write(text.replace(/^error: /, 'causeway: ')),
      })
      .configureHelp({ showGlobalOptions: true });
  }
  return causeway;
}

/** The lab is the heaviest part and seldom used: it is loaded when it is called. */
async function labCommand(argv: readonly string[]): Promise<Command> {
  if (argv.includes('lab')) return (await import('./command-lab.ts')).labCommand();
  return new Command('lab').description(
    'try Causeway out on a real kernel: sites, WAN, load and faults on this machine',
  );
}

/** Likewise: it makes certificates, which takes a library that nothing else needs. */
async function pkiCommand(argv: readonly string[], io: CliIo): Promise<Command> {
  if (argv.includes('pki')) return (await import('./command-pki.ts')).pkiCommand(io);
  return new Command('pki').description(
    'make and deny the certificates by which programs and operators know each other',
  );
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

function failed(error: unknown, io: CliIo): ExitStatus {
  // Commander has written its own words; asking for help is no misuse.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Changes) return 2;
  if (error instanceof Refusal) {
    io.stderr(error.lines.map((line) => `${line}\n`).join(''));
    return 1;
  }
  io.stderr(`causeway: ${messageOf(error)}\n`);
  if (error instanceof Misuse) return 2;
  if (error instanceof CausewayError && (error.code === 'unavailable' || error.code === 'deadline')) {
    io.stderr(
      '--coordinator or CAUSEWAY_COORDINATOR names another coordinator, --timeout waits longer. One that refuses your certificate says so in its own log.\n',
    );
  }
  const bug = error instanceof Error && !(error instanceof CausewayError);
  if (bug && io.env.CAUSEWAY_DEBUG) io.stderr(`${error.stack}\n`);
  else if (bug) io.stderr('This is a bug in Causeway; CAUSEWAY_DEBUG=1 shows where it is.\n');
  return 1;
}
