/** `causeway undrain`: takes back what `causeway drain` ordered. */
import { Command } from 'commander';
import type { RemoveResult } from '../api/handlers.ts';
import { CausewayError } from '../domain/error.ts';
import { type Resource, type ResourceId, resourceId } from '../domain/resource.ts';
import type { ChangeTerms } from '../domain/revision.ts';
import { awaitAgents } from './await-agents.ts';
import { messageOption, revisionData, revisionLine, type TermsOptions, termsOf } from './change-terms.ts';
import { drainName, subjectNamed } from './command-drain.ts';
import type { Admin, CliIo } from './io.ts';
import { noWaitOption } from './options.ts';
import { Refusal } from './refusal.ts';
import { openSession } from './session.ts';
import { table } from './table.ts';

export function undrainCommand(io: CliIo): Command {
  return new Command('undrain')
    .description('take back a drain before its time is over')
    .argument('<NAME>', 'of the site or real server')
    .addOption(messageOption())
    .addOption(noWaitOption())
    .addHelpText('after', '\nExample:\n  causeway undrain fra')
    .action(async (subject: string, options: TermsOptions & { wait: boolean }, command: Command) => {
      const session = openSession(command, io);
      const id = { kind: 'Override', name: drainName(subject) } as const;
      await session.withAdmin(async (admin) => {
        const removed = await undrain(admin, { id, subject, terms: termsOf(options, io) }, io.clock.nowMs());
        const outcome = removed === undefined ? 'not drained' : 'deleted';
        session.print({
          table: () =>
            table(['resource', 'outcome'], [[resourceId(id), outcome]]) + revisionLine(removed?.number),
          data: () => ({
            ...(removed === undefined ? {} : revisionData(removed)),
            resources: [{ ...id, outcome }],
          }),
        });
        if (options.wait && removed !== undefined) await awaitAgents(admin, session, removed.revision);
      });
    });
}

interface Undrain {
  readonly id: ResourceId;
  readonly subject: string;
  readonly terms: ChangeTerms;
}

/** Undefined where it was not drained, which is just what was asked for. */
async function undrain(
  admin: Admin,
  { id, subject, terms }: Undrain,
  nowMs: number,
): Promise<RemoveResult | undefined> {
  const override = await found(admin, id);
  // Anybody may give that name to another order, in a file.
  if (override !== undefined && (override.kind !== 'Override' || override.order.kind !== 'drain')) {
    throw new Refusal([`${resourceId(id)}: found another order than a drain, expected a drain`]);
  }
  if (override !== undefined) return admin.remove([id], terms);
  await subjectNamed(admin, subject, 'undrain');
  const { resources } = await admin.list();
  const another = resources.find((resource) => drains(resource, subject, nowMs));
  if (another === undefined) return undefined;
  const remedy =
    another.kind === 'Override' ? `causeway delete override ${another.name}` : 'apply it with drain: false';
  throw new Refusal([`undrain: ${JSON.stringify(subject)} is drained by ${resourceId(another)}: ${remedy}`]);
}

async function found(admin: Admin, id: ResourceId): Promise<Resource | undefined> {
  try {
    return await admin.get(id);
  } catch (error) {
    if (error instanceof CausewayError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function drains(resource: Resource, name: string, nowMs: number): boolean {
  if (resource.kind === 'RealServer') return resource.name === name && resource.drain;
  if (resource.kind !== 'Override' || resource.expiresAtMs <= nowMs) return false;
  return resource.order.kind === 'drain' && resource.subject.name === name;
}
