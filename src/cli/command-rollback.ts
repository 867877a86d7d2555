/** `causeway rollback`: declares again what was declared after a revision of the history, and waits until agents have it. */
import { Command } from 'commander';
import type { RollbackPlan, RollbackResult } from '../api/handlers.ts';
import { type RemovableId, resourceId } from '../domain/resource.ts';
import { awaitAgents } from './await-agents.ts';
import {
  allowRemovalOption,
  ifRevisionOption,
  messageOption,
  revisionData,
  revisionLine,
  revisionNamed,
  type TermsOptions,
  termsOf,
} from './change-terms.ts';
import { planText } from './command-plan.ts';
import type { CliIo } from './io.ts';
import { noWaitOption } from './options.ts';
import { refuseProblems, warn } from './refusal.ts';
import { openSession, type Session } from './session.ts';
import { table } from './table.ts';

interface RollbackOptions extends TermsOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly wait: boolean;
}

export function rollbackCommand(io: CliIo): Command {
  return new Command('rollback')
    .description('declare again what was declared after a revision; wait until agents have it')
    .argument('<REVISION>', 'number of the last revision that is to count (0: none)')
    .option('--force', 'agents must not refuse as implausible what this takes from them')
    .option('--dry-run', 'print the plan instead; write nothing')
    .addOption(allowRemovalOption())
    .addOption(ifRevisionOption())
    .addOption(messageOption())
    .addOption(noWaitOption())
    .addHelpText(
      'after',
      '\nOverrides stay as they are: each has an end of its own. A rollback is a revision too, and can be rolled back.\n' +
        '\nExample:\n  causeway rollback 41 --dry-run && causeway rollback 41 -m "too few connections"',
    )
    .action(async (text: string, options: RollbackOptions, command: Command) => {
      const session = openSession(command, io);
      const to = revisionNamed(text, 'rollback');
      const terms = termsOf(options, io);
      if (options.dryRun === true) return dryRun(to, session);
      await session.withAdmin(async (admin) => {
        const result = await admin.rollback(to, { ...terms, force: options.force === true });
        const { problems, warnings = [], revision, number } = result;
        if (problems.length > 0) throw refuseProblems(problems, () => undefined);
        warn(warnings, () => undefined, io);
        const told = toldOf(result);
        session.print({
          table: () => rolledBackText(told, result.leftAlone, number),
          data: () => ({
            ...revisionData(result),
            ...{ rolledBackTo: to, resources: told, leftAlone: result.leftAlone },
          }),
        });
        if (options.wait && number !== undefined) await awaitAgents(admin, session, revision);
      });
    });
}

async function dryRun(to: number, session: Session): Promise<void> {
  const planned = await session.withAdmin((admin) => admin.planRollback(to));
  if (planned.problems.length > 0) throw refuseProblems(planned.problems, () => undefined);
  warn(planned.warnings ?? [], () => undefined, session.io);
  const told = toldOf(planned);
  const { agents, refusal, leftAlone } = planned;
  session.print({
    table: () => `${rolledBackText(told, leftAlone, undefined)}\n${planText(planned)}`,
    data: () => ({ agents, resources: told, leftAlone, ...(refusal === undefined ? {} : { refusal }) }),
  });
}

interface Told extends RemovableId {
  readonly outcome: string;
}

/** What is as it was stays untold. */
function toldOf({
  resources,
  removals,
  outcomes = [],
}: Pick<RollbackPlan | RollbackResult, 'resources' | 'removals' | 'outcomes'>): readonly Told[] {
  const changed = resources
    .map((id, index) => ({ ...id, outcome: outcomes[index] ?? 'stored' }))
    .filter(({ outcome }) => outcome !== 'unchanged');
  return [...changed, ...removals.map((id) => ({ ...id, outcome: 'deleted' }))];
}

function rolledBackText(
  told: readonly Told[],
  leftAlone: readonly RemovableId[],
  number: number | undefined,
): string {
  const rows = told.map((one) => [resourceId(one), one.outcome]);
  const stays = leftAlone.length === 0 ? '' : `Left as it is: ${leftAlone.map(resourceId).join(', ')}\n`;
  const changes =
    rows.length === 0 ? 'Everything is as it was then.\n' : table(['resource', 'outcome'], rows);
  return `${changes}${stays}${revisionLine(number)}`;
}
