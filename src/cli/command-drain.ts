/** `causeway drain`: for a while, no new connections to a site or a real server. */
import { Command } from 'commander';
import { type Override, type OverrideSubject, overrideLimits, resourceId } from '../domain/resource.ts';
import { parseDurationMs } from '../resource/duration.ts';
import { durationExpected } from '../resource/override-schema.ts';
import { awaitAgents } from './await-agents.ts';
import { revisionData, revisionLine, termsOf } from './change-terms.ts';
import type { Admin, CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { noWaitOption } from './options.ts';
import { Refusal, refuseProblems } from './refusal.ts';
import { openSession } from './session.ts';
import { table } from './table.ts';

interface DrainOptions {
  readonly for: string;
  readonly reason: string;
  readonly owner?: string;
  readonly wait: boolean;
}

export function drainCommand(io: CliIo): Command {
  return new Command('drain')
    .description('send no new connections to a site or a real server for a while; running ones go on')
    .argument('<NAME>', 'of the site or real server')
    .requiredOption('--for <TIME>', 'how long: 30m (s, m, h, d), at most 90d')
    .requiredOption('--reason <TEXT>', 'why it is needed')
    .option('--owner <NAME>', 'who answers for it (default: $USER)')
    .addOption(noWaitOption())
    .addHelpText(
      'after',
      "\nExample:\n  causeway drain fra --for 30m --reason 'new switch' && causeway get override && causeway undrain fra",
    )
    .action(async (name: string, options: DrainOptions, command: Command) => {
      const session = openSession(command, io);
      const order = orderOf(name, options, io);
      await session.withAdmin(async (admin) => {
        const override: Override = { ...order, subject: await subjectNamed(admin, name) };
        const applied = await admin.apply([override], {
          ...termsOf({ message: options.reason }, io),
          force: false,
        });
        const { problems, revision, outcomes, number } = applied;
        if (problems.length > 0) throw refuseProblems(problems, () => undefined);
        const outcome = outcomes[0] ?? 'stored';
        // By the coordinator's clock, which is the one that counts.
        const stored = await admin.get(order);
        const { expiresAtMs } = stored.kind === 'Override' ? stored : order;
        const expires = new Date(expiresAtMs).toISOString();
        session.print({
          table: () =>
            table(['resource', 'outcome', 'expires'], [[resourceId(order), outcome, expires]]) +
            revisionLine(number),
          data: () => ({
            ...revisionData(applied),
            resources: [{ kind: order.kind, name: order.name, outcome, expires }],
          }),
        });
        if (options.wait) await awaitAgents(admin, session, revision);
      });
    });
}

/** What the override is called that drains this site or real server. */
export function drainName(subject: string): string {
  return `drain-${subject}`;
}

function orderOf(name: string, options: DrainOptions, io: CliIo): Omit<Override, 'subject'> {
  const lastsMs = parseDurationMs(options.for);
  if (lastsMs === undefined || lastsMs > overrideLimits.lastsMs) {
    throw new Misuse(`--for: found ${JSON.stringify(options.for)}, expected ${durationExpected}`);
  }
  const owner = options.owner ?? io.env.USER ?? '';
  if (owner.trim() === '') throw new Misuse('--owner: found nothing, nor USER, expected who answers for it');
  if (options.reason.trim() === '') throw new Misuse('--reason: found nothing, expected why it is needed');
  return {
    kind: 'Override',
    name: drainName(name),
    order: { kind: 'drain' },
    services: [],
    owner,
    reason: options.reason,
    expiresAtMs: io.clock.nowMs() + lastsMs,
    lastsMs,
  };
}

/** Real servers are those that have registered, whether or not anything is declared for them. */
export async function subjectNamed(admin: Admin, name: string, command = 'drain'): Promise<OverrideSubject> {
  const { resources } = await admin.list('Site');
  const { agents } = await admin.status({ isSummary: true });
  const isSite = resources.some((site) => site.name === name);
  const isRealServer = agents.some((agent) => agent.role === 'realserver' && agent.name === name);
  const found = `${command}: found ${JSON.stringify(name)}`;
  if (isSite && isRealServer) {
    throw new Refusal([`${found}, a site and a real server: apply a file with an Override that says which`]);
  }
  if (isSite) return { kind: 'site', name };
  if (isRealServer) return { kind: 'realServer', name };
  throw new Refusal([
    `${found}, expected a site or a real server: causeway get site and causeway status list them`,
  ]);
}
