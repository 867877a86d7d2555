/** `causeway drain`: for a while, no new connections to a site or a real server, or by a director. */
import { Command } from 'commander';
import {
  type Override,
  type OverrideSubject,
  overrideLimits,
  overrideSubjectKinds,
  resourceId,
  subjectTitles,
} from '../domain/resource.ts';
import type { AgentRole } from '../domain/role.ts';
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
  readonly force: boolean;
}

export function drainCommand(io: CliIo): Command {
  return new Command('drain')
    .description(
      'send no new connections to a site or a real server, or attract none by a director, for a while; running ones go on',
    )
    .argument('<NAME...>', subjectHelp)
    .requiredOption('--for <TIME>', 'how long: 30m (s, m, h, d), at most 90d')
    .requiredOption('--reason <TEXT>', 'why it is needed')
    .option('--owner <NAME>', 'who answers for it (default: $USER)')
    .option('--force', 'drain even the last director of a service', false)
    .addOption(noWaitOption())
    .addHelpText(
      'after',
      "\nExample:\n  causeway drain fra --for 30m --reason 'new switch' && causeway get override && causeway undrain fra\n  causeway drain director fra-d1 --for 1h --reason 'new kernel'",
    )
    .action(async (words: string[], options: DrainOptions, command: Command) => {
      const session = openSession(command, io);
      const wanted = wantedSubject(words);
      const terms = orderOf(options, io);
      await session.withAdmin(async (admin) => {
        const subject = await subjectNamed(admin, wanted);
        const order = { ...terms, name: drainName(subject) };
        const override: Override = { ...order, subject };
        await refuseOther(admin, override, io.clock.nowMs());
        const applied = await admin.apply([override], {
          ...termsOf({ message: options.reason }, io),
          force: options.force,
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

/** What the override is called that drains it. A director may bear the name of a real server. */
export function drainName({ kind, name }: OverrideSubject): string {
  return kind === 'director' ? `drain-director-${name}` : `drain-${name}`;
}

/** A real server may be called `director-NAME`: an order that stands is nobody else's to replace. */
async function refuseOther(admin: Admin, { name, subject }: Override, nowMs: number): Promise<void> {
  const { resources } = await admin.list('Override');
  const standing = resources.find((one) => one.name === name);
  if (standing?.kind !== 'Override' || standing.expiresAtMs <= nowMs || isAbout(standing, subject)) return;
  const { kind, name: other } = standing.subject;
  throw new Refusal([
    `drain: ${resourceId(standing)} is about the ${subjectTitles[kind]} ${other}: causeway delete override ${name}, or apply a file with an Override of another name`,
  ]);
}

function isAbout(override: Override, { kind, name }: OverrideSubject): boolean {
  return override.subject.kind === kind && override.subject.name === name;
}

export const subjectHelp =
  'of the site, real server or director; "director NAME" or "director SITE/NAME" where others bear that name';

/** As it was given; `kind` and `site` where they were. */
export interface WantedSubject {
  readonly kind?: 'director';
  readonly site?: string;
  readonly name: string;
}

export function wantedSubject(words: readonly string[]): WantedSubject {
  const [first = '', second, ...rest] = words;
  if (second === undefined) return { name: first };
  if (first !== 'director' || rest.length > 0) {
    throw new Misuse(
      `found ${words.map((word) => JSON.stringify(word)).join(' ')}, expected NAME, director NAME or director SITE/NAME`,
    );
  }
  const [name = '', site] = second.split('/').reverse();
  return { kind: first, name, ...(site === undefined ? {} : { site }) };
}

function orderOf(options: DrainOptions, io: CliIo): Omit<Override, 'subject' | 'name'> {
  const lastsMs = parseDurationMs(options.for);
  if (lastsMs === undefined || lastsMs > overrideLimits.lastsMs) {
    throw new Misuse(`--for: found ${JSON.stringify(options.for)}, expected ${durationExpected}`);
  }
  const owner = options.owner ?? io.env.USER ?? '';
  if (owner.trim() === '') throw new Misuse('--owner: found nothing, nor USER, expected who answers for it');
  if (options.reason.trim() === '') throw new Misuse('--reason: found nothing, expected why it is needed');
  return {
    kind: 'Override',
    order: { kind: 'drain' },
    services: [],
    owner,
    reason: options.reason,
    expiresAtMs: io.clock.nowMs() + lastsMs,
    lastsMs,
  };
}

/** Real servers are those that have registered, whether or not anything is declared for them. */
export async function subjectNamed(
  admin: Admin,
  { kind, site: ofSite, name }: WantedSubject,
  command = 'drain',
): Promise<OverrideSubject> {
  const { resources } = await admin.list('Site');
  const { agents } = await admin.status({ isSummary: true });
  const isAgent = (role: AgentRole) =>
    agents.some((one) => one.role === role && one.name === name && (ofSite ?? one.site) === one.site);
  const known = {
    site: kind === undefined && resources.some((site) => site.name === name),
    realServer: kind === undefined && isAgent('realserver'),
    director: isAgent('director'),
  };
  const [first, second] = overrideSubjectKinds.filter((one) => known[one]);
  const found = `${command}: found ${JSON.stringify(ofSite === undefined ? name : `${ofSite}/${name}`)}`;
  if (first !== undefined && second !== undefined) {
    const director = known.director
      ? ` (causeway ${command} director ${name} where the director is meant)`
      : '';
    throw new Refusal([
      `${found}, a ${subjectTitles[first]} and a ${subjectTitles[second]}: apply a file with an Override that says which${director}`,
    ]);
  }
  if (first !== undefined) return { kind: first, name };
  throw new Refusal([
    `${found}, expected ${kind === undefined ? 'a site, a real server or a director' : 'a director'}: causeway get site and causeway status list them`,
  ]);
}
