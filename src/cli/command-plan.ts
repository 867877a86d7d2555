/** `causeway plan`: the operations that an apply would cause on each agent. Writes nothing. */
import { Command } from 'commander';
import type { AgentPlan } from '../domain/status.ts';
import type { CliIo } from './io.ts';
import { fileOption } from './options.ts';
import { refuseProblems } from './refusal.ts';
import { readResources } from './resource-files.ts';
import { openSession, type Session } from './session.ts';
import { singleLine } from './table.ts';

export function planCommand(io: CliIo): Command {
  return new Command('plan')
    .description('print the operations that an apply would cause on each agent; write nothing')
    .addOption(fileOption().makeOptionMandatory())
    .action((options: { file: string[] }, command: Command) => plan(options.file, openSession(command, io)));
}

/** What `apply --dry-run` does as well. */
export async function plan(paths: readonly string[], session: Session): Promise<void> {
  const { resources, locate } = readResources(paths, session.io);
  const { problems, agents } = await session.withAdmin((admin) => admin.plan(resources));
  if (problems.length > 0) throw refuseProblems(problems, locate);
  session.print({ table: () => planText(agents), data: () => ({ agents }) });
}

/** A heading an agent, its operations indented; agents without any in one line at the end. */
export function planText(agents: readonly AgentPlan[]): string {
  if (agents.length === 0) return 'No agent is connected: nothing to program yet.\n';
  const busy = agents.filter(({ operations }) => operations.length > 0);
  const idle = agents
    .filter(({ operations }) => operations.length === 0)
    .map(({ role, name }) => `${role} ${name}`);
  const parts = busy.map(({ role, name, operations }) =>
    [`${role} ${name}`, ...operations.map((operation) => `  ${singleLine(operation)}`), ''].join('\n'),
  );
  if (idle.length > 0) parts.push(`Nothing to do on: ${idle.join(', ')}\n`);
  return parts.join('\n');
}
