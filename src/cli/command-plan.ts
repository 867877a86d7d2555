/** `causeway plan`: the operations that an apply would cause on each agent. Writes nothing. */
import { Command } from 'commander';
import type { PlanResult } from '../api/handlers.ts';
import type { AgentPlan } from '../domain/status.ts';
import { Changes } from './changes.ts';
import type { CliIo } from './io.ts';
import { fileOption, strictOption } from './options.ts';
import { refuseProblems, warn } from './refusal.ts';
import { readResources } from './resource-files.ts';
import { openSession, type Session } from './session.ts';
import { singleLine } from './table.ts';

export interface PlanOptions {
  readonly strict: boolean;
  /** Changes are told by the exit status as well. */
  readonly exitCode: boolean;
}

export function planCommand(io: CliIo): Command {
  return new Command('plan')
    .description('print the operations that an apply would cause on each agent; write nothing')
    .addOption(fileOption().makeOptionMandatory())
    .option('--exit-code', 'exit status 2 where something would change, 0 where nothing would')
    .addOption(strictOption())
    .addHelpText('after', '\nExample:\n  causeway plan -f web.yaml --exit-code || causeway apply -f web.yaml')
    .action((options: { file: string[]; strict?: boolean; exitCode?: boolean }, command: Command) => {
      const { strict = false, exitCode = false } = options;
      return plan(options.file, openSession(command, io), { strict, exitCode });
    });
}

/** What `apply --dry-run` does as well. Throws `Changes` where the exit status must tell. */
export async function plan(
  paths: readonly string[],
  session: Session,
  { strict, exitCode }: PlanOptions,
): Promise<void> {
  const { resources, locate } = readResources(paths, session.io);
  const planned = await session.withAdmin((admin) => admin.plan(resources, { strict }));
  const { problems, warnings = [], outcomes } = planned;
  if (problems.length > 0) throw refuseProblems(problems, locate);
  warn(warnings, locate, session.io);
  const told = resources.map(({ kind, name }, index) => ({ kind, name, outcome: outcomes?.[index] ?? '' }));
  session.print({
    table: () => planText(planned),
    data: () => ({
      agents: planned.agents,
      ...(outcomes === undefined ? {} : { resources: told }),
      ...(planned.refusal === undefined ? {} : { refusal: planned.refusal }),
    }),
  });
  if (exitCode && hasChanges(planned)) throw new Changes();
}

function hasChanges({ agents, outcomes = [] }: Pick<PlanResult, 'agents' | 'outcomes'>): boolean {
  return changedIn(outcomes) > 0 || agents.some(({ operations }) => operations.length > 0);
}

function changedIn(outcomes: NonNullable<PlanResult['outcomes']>): number {
  return outcomes.filter((outcome) => outcome === 'created' || outcome === 'changed').length;
}

/** A heading an agent, its operations indented; agents without any in one line at the end. */
export function planText(plan: Pick<PlanResult, 'agents' | 'outcomes' | 'refusal'>): string {
  const { refusal } = plan;
  return `${refusal === undefined ? '' : `Would be refused: ${singleLine(refusal)}\n\n`}${agentsText(plan)}`;
}

function agentsText({ agents, outcomes = [] }: Pick<PlanResult, 'agents' | 'outcomes'>): string {
  const busy = agents.filter(({ operations, refusal }) => operations.length > 0 || refusal !== undefined);
  const idle = agents.filter((agent) => !busy.includes(agent)).map(({ role, name }) => `${role} ${name}`);
  const changed = changedIn(outcomes);
  if (busy.length === 0 && changed > 0) {
    return `${changed === 1 ? 'One resource' : `${changed} resources`} would be stored; no agent has anything to do for it.\n`;
  }
  if (busy.length === 0) return 'Nothing to do.\n';
  const parts = busy.map(agentText);
  if (idle.length > 0) parts.push(`Nothing to do on: ${idle.join(', ')}\n`);
  return parts.join('\n');
}

function agentText({ role, name, operations, refusal }: AgentPlan): string {
  const refused = refusal === undefined ? [] : [`  would be refused: ${singleLine(refusal)}`];
  const lines = operations.map((operation) => `  ${singleLine(operation)}`);
  return [`${role} ${name}`, ...refused, ...lines, ''].join('\n');
}
