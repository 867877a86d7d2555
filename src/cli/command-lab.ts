/** `causeway lab`: runs a scenario on a real kernel; looks into a lab that was left up; ends it. */
import { Command, Option } from 'commander';
import { CausewayError } from '../domain/error.ts';
import { runInKept, stopKept } from '../lab/kept.ts';
import { runLab } from '../lab/run-lab.ts';

interface RunFlags {
  readonly backend: 'auto' | 'native' | 'vm';
  readonly report?: string;
  readonly keep?: boolean;
}

/** Each command sets the process's exit status itself: the lab's verdict, or that of the command in it. */
export function labCommand(): Command {
  const lab = new Command('lab').description(
    'try Causeway out on a real kernel: sites, WAN, load and faults on this machine',
  );
  lab
    .command('run')
    .description('bring a scenario up, do what it says, end with a verdict')
    .argument('<SCENARIO.yaml>', 'such as deploy/lab/three-sites.yaml')
    .addOption(
      new Option(
        '--backend <NAME>',
        'native: this kernel; vm: one of its own in QEMU; auto: native where possible',
      )
        .choices(['auto', 'native', 'vm'])
        .default('auto'),
    )
    .option('--report <FILE>', 'write what was measured as JSON')
    .option('--keep', 'leave the lab up, and say how to look into it')
    .action(async (scenarioFile: string, flags: RunFlags) => {
      process.exitCode = await runLab({
        scenarioFile,
        backend: flags.backend,
        reportFile: flags.report,
        keep: flags.keep === true,
        terminal: process.stdout.isTTY === true,
        signal: interruption(),
        ...output,
      });
    });
  lab
    .command('exec')
    .description('run a command inside the lab that was left up')
    .argument('<COMMAND...>', 'after --, such as: lab exec -- ip netns exec fra-d1 ipvsadm -Ln')
    .action(async (argv: string[]) => {
      process.exitCode = await runInKept(argv, {
        signal: interruption(),
        onStdout: (chunk) => process.stdout.write(chunk),
        onStderr: (chunk) => process.stderr.write(chunk),
      });
    });
  lab
    .command('stop')
    .description('end the lab that was left up')
    .action(async () => {
      output.stdout((await stopKept()) ? 'the lab is gone\n' : 'no lab was running\n');
    });
  return lab;
}

const output = {
  stdout: (text: string): void => {
    process.stdout.write(text);
  },
  stderr: (text: string): void => {
    process.stderr.write(text);
  },
};

/** Fires with the first interrupt; the lab then ends in order. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () =>
      controller.abort(
        new CausewayError({ code: 'refused', operation: 'run the lab', message: `ended by ${signal}` }),
      ),
    );
  }
  return controller.signal;
}
