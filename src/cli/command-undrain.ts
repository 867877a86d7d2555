/** `causeway undrain`: takes back what `causeway drain` ordered. */
import { Command } from 'commander';
import type { RemoveResult } from '../api/handlers.ts';
import { CausewayError } from '../domain/error.ts';
import { type OverrideSubject, type Resource, type ResourceId, resourceId } from '../domain/resource.ts';
import type { ChangeTerms } from '../domain/revision.ts';
import { awaitAgents } from './await-agents.ts';
import { messageOption, revisionData, revisionLine, type TermsOptions, termsOf } from './change-terms.ts';
import { drainName, subjectHelp, subjectNamed, type WantedSubject, wantedSubject } from './command-drain.ts';
import type { Admin, CliIo } from './io.ts';
import { noWaitOption } from './options.ts';
import { Refusal } from './refusal.ts';
import { openSession } from './session.ts';
import { table } from './table.ts';

export function undrainCommand(io: CliIo): Command {
  return new Command('undrain')
    .description('take back a drain before its time is over')
    .argument('<NAME...>', subjectHelp)
    .addOption(messageOption())
    .addOption(noWaitOption())
    .addHelpText('after', '\nExample:\n  causeway undrain fra')
    .action(async (words: string[], options: TermsOptions & { wait: boolean }, command: Command) => {
      const session = openSession(command, io);
      const wanted = wantedSubject(words);
      await session.withAdmin(async (admin) => {
        const { id, removed } = await undrain(admin, wanted, termsOf(options, io), io.clock.nowMs());
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

interface Undrained {
  readonly id: ResourceId;
  /** Absent where it was not drained, which is just what was asked for. */
  readonly removed?: RemoveResult;
}

/** What is gone meanwhile has no kind any more: its drain is taken back by its name. */
async function undrain(
  admin: Admin,
  wanted: WantedSubject,
  terms: ChangeTerms,
  nowMs: number,
): Promise<Undrained> {
  const byName = { kind: wanted.kind ?? 'site', name: wanted.name } as const;
  const named = await takenBack(admin, byName, terms);
  if (named !== undefined) return named;
  const subject = await subjectNamed(admin, wanted, 'undrain');
  const own = subject.kind === byName.kind ? undefined : await takenBack(admin, subject, terms);
  if (own !== undefined) return own;
  const { resources } = await admin.list();
  const another = resources.find((resource) => drains(resource, subject, nowMs));
  if (another === undefined) return { id: { kind: 'Override', name: drainName(subject) } };
  const remedy =
    another.kind === 'Override' ? `causeway delete override ${another.name}` : 'apply it with drain: false';
  throw new Refusal([
    `undrain: ${JSON.stringify(subject.name)} is drained by ${resourceId(another)}: ${remedy}`,
  ]);
}

async function takenBack(
  admin: Admin,
  subject: OverrideSubject,
  terms: ChangeTerms,
): Promise<Undrained | undefined> {
  const id = { kind: 'Override', name: drainName(subject) } as const;
  const override = await found(admin, id);
  if (override === undefined) return undefined;
  const isDirectors = (one: OverrideSubject) => one.kind === 'director';
  if (override.kind === 'Override' && isDirectors(override.subject) !== isDirectors(subject))
    return undefined;
  // Anybody may give that name to another order, in a file.
  if (override.kind !== 'Override' || override.order.kind !== 'drain') {
    throw new Refusal([`${resourceId(id)}: found another order than a drain, expected a drain`]);
  }
  return { id, removed: await admin.remove([id], terms) };
}

async function found(admin: Admin, id: ResourceId): Promise<Resource | undefined> {
  try {
    return await admin.get(id);
  } catch (error) {
    if (error instanceof CausewayError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function drains(resource: Resource, { kind, name }: OverrideSubject, nowMs: number): boolean {
  if (resource.kind === 'RealServer')
    return kind === 'realServer' && resource.name === name && resource.drain;
  if (resource.kind !== 'Override' || resource.expiresAtMs <= nowMs) return false;
  const { order, subject } = resource;
  return order.kind === 'drain' && subject.kind === kind && subject.name === name;
}
