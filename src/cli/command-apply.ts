/** `causeway apply`: makes the coordinator want what the files say, all of it or nothing. */
import { Command } from 'commander';
import { resourceId } from '../domain/resource.ts';
import { plan } from './command-plan.ts';
import type { CliIo } from './io.ts';
import { fileOption } from './options.ts';
import { refuseProblems } from './refusal.ts';
import { readResources } from './resource-files.ts';
import { openSession } from './session.ts';
import { table } from './table.ts';

interface ApplyOptions {
  readonly file: string[];
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export function applyCommand(io: CliIo): Command {
  return new Command('apply')
    .description('create or change the resources of these files, all of them or none')
    .addOption(fileOption().makeOptionMandatory())
    .option('--force', 'agents must not refuse the result as implausible')
    .option('--dry-run', 'print the plan instead; write nothing')
    .action(async (options: ApplyOptions, command: Command) => {
      const session = openSession(command, io);
      if (options.dryRun === true) return plan(options.file, session);
      const { resources, locate } = readResources(options.file, io);
      const force = options.force === true;
      const { problems, revision, outcomes } = await session.withAdmin((admin) =>
        admin.apply(resources, { force }),
      );
      if (problems.length > 0) throw refuseProblems(problems, locate);
      const applied = resources.map(({ kind, name }, index) => ({
        kind,
        name,
        outcome: outcomes[index] ?? 'stored',
      }));
      session.print({
        table: () =>
          table(
            ['resource', 'outcome'],
            applied.map((entry) => [resourceId(entry), entry.outcome]),
          ),
        data: () => ({ revision, resources: applied }),
      });
    });
}
