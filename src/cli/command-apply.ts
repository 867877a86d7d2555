/** `causeway apply`: makes the coordinator want what the files say, all of it or nothing, and waits until agents have it. */
import { Command } from 'commander';
import { resourceId } from '../domain/resource.ts';
import { awaitAgents } from './await-agents.ts';
import {
  allowRemovalOption,
  ifRevisionOption,
  messageOption,
  revisionData,
  revisionLine,
  type TermsOptions,
  termsOf,
} from './change-terms.ts';
import { plan } from './command-plan.ts';
import type { CliIo } from './io.ts';
import { fileOption, noWaitOption, strictOption } from './options.ts';
import { refuseProblems, warn } from './refusal.ts';
import { readResources } from './resource-files.ts';
import { openSession } from './session.ts';
import { table } from './table.ts';

interface ApplyOptions extends TermsOptions {
  readonly file: string[];
  readonly force?: boolean;
  readonly strict?: boolean;
  readonly dryRun?: boolean;
  readonly wait: boolean;
}

export function applyCommand(io: CliIo): Command {
  return new Command('apply')
    .description(
      'create or change the resources of these files, all of them or none; wait until agents have it',
    )
    .addOption(fileOption().makeOptionMandatory())
    .option('--force', 'agents must not refuse as implausible what these resources lose')
    .option('--dry-run', 'print the plan instead; write nothing')
    .addOption(strictOption())
    .addOption(allowRemovalOption())
    .addOption(ifRevisionOption())
    .addOption(messageOption())
    .addOption(noWaitOption())
    .addHelpText(
      'after',
      '\nExit status 1 where an agent refuses, or has not said within --timeout (120 s); what was applied stands.\n' +
        '\nExample:\n  causeway apply -f web.yaml -m "more ports"\n  causeway get -o yaml | causeway apply -f -',
    )
    .action(async (options: ApplyOptions, command: Command) => {
      const session = openSession(command, io);
      const { force = false, strict = false } = options;
      const terms = termsOf(options, io);
      if (options.dryRun === true) return plan(options.file, session, { strict, exitCode: false });
      const { resources, locate } = readResources(options.file, io);
      await session.withAdmin(async (admin) => {
        const applied = await admin.apply(resources, { ...terms, force, strict });
        const { problems, warnings = [], revision, outcomes, number } = applied;
        if (problems.length > 0) throw refuseProblems(problems, locate);
        warn(warnings, locate, io);
        const told = resources.map(({ kind, name }, index) => ({
          kind,
          name,
          outcome: outcomes[index] ?? 'stored',
        }));
        session.print({
          table: () =>
            table(
              ['resource', 'outcome'],
              told.map((entry) => [resourceId(entry), entry.outcome]),
            ) + revisionLine(number),
          data: () => ({ ...revisionData(applied), resources: told }),
        });
        if (options.wait) await awaitAgents(admin, session, revision);
      });
    });
}
