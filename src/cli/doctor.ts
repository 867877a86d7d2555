/** `causeway doctor`: what on this host keeps traffic from its way, why it matters, and the command that mends it. */
import { Command, Option } from 'commander';
import { snapshotFromText } from '../api/stored-snapshot.ts';
import { messageOf } from '../domain/error.ts';
import type { Finding } from '../domain/finding.ts';
import type { Seen } from '../domain/host-examination.ts';
import { roles } from '../domain/role.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { AgentStatus } from '../domain/status.ts';
import { diagnose, isFailing } from '../plan/doctor/diagnose.ts';
import { questionFor, type Subject } from '../plan/doctor/subject.ts';
import { loadConfig } from '../runtime/config.ts';
import { type ConfigOf, programRoles, type Role } from '../runtime/config-keys.ts';
import { ProgramExit } from '../runtime/program-exit.ts';
import { type Examined, examinedText, type FleetMember, fleetText } from './doctor-text.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';
import { Refusal } from './refusal.ts';
import { openSession, type Session } from './session.ts';

interface DoctorFlags {
  readonly role?: Role;
  readonly config?: string;
  readonly fleet?: boolean;
}

export function doctorCommand(io: CliIo): Command {
  return new Command('doctor')
    .description('examine this host: what would fail, why, and the command that mends it')
    .addOption(
      new Option(
        '--role <ROLE>',
        'what this host is (default: whatever has a configuration in /etc/causeway)',
      ).choices(programRoles),
    )
    .option('--config <FILE>', 'its configuration (default: /etc/causeway/ROLE.yaml)')
    .option('--fleet', 'ask a coordinator what the agents found on their own hosts, instead')
    .addHelpText(
      'after',
      '\nIt changes nothing, and but for --fleet needs no coordinator. As root it sees all; else it says what it could not look at.\n' +
        'Exit status: 1 if traffic of clients would fail, 2 if the configuration cannot be read.\n' +
        '\nExample:\n  sudo causeway doctor --role realserver --output json\n  causeway doctor --fleet',
    )
    .action(async (flags: DoctorFlags, command: Command) => {
      const session = openSession(command, io);
      if (flags.fleet === true) return await examineFleet(flags, session);
      const examined: Examined[] = [];
      for (const place of placesOf(flags, io)) examined.push(await examineAs(place, io));
      session.print({ table: () => examinedText(examined), data: () => ({ examined }) });
      if (examined.some(({ findings }) => isFailing(findings))) throw new Refusal([]);
    });
}

/** Each agent examines its host by the same rules, once a minute. */
async function examineFleet({ role, config }: DoctorFlags, session: Session): Promise<void> {
  if (config !== undefined || role === 'coordinator')
    throw new Misuse('--fleet asks agents: it takes no --config, and no --role but director and realserver');
  const { io } = session;
  const status = await session.withAdmin((admin) =>
    admin.status({ isSummary: true, withExaminations: true }),
  );
  const agents = status.agents.filter((one) => role === undefined || one.role === role);
  const fleet = agents.map(examinedAgent);
  session.print({ table: () => fleetText(fleet, io.clock.nowMs()), data: () => ({ fleet }) });
  if (fleet.some(({ findings = [] }) => isFailing(findings))) throw new Refusal([]);
}

function examinedAgent(agent: AgentStatus): FleetMember {
  const { role, name, site, connected, reportAgeMs, examination } = agent;
  return {
    ...{ role, name, site, connected },
    ...(reportAgeMs === undefined ? {} : { reportAgeMs }),
    ...examination,
  };
}

/** Of /healthz, where no configuration says. */
const usualPorts: Readonly<Record<Role, number>> = {
  director: roles.director.httpPort,
  realserver: roles.realserver.httpPort,
  coordinator: 7_480,
};

interface Place {
  readonly role: Role;
  /** Undefined: there is none. */
  readonly path: string | undefined;
}

function placesOf({ role, config }: DoctorFlags, io: Pick<CliIo, 'exists'>): readonly Place[] {
  const usual = (of: Role) => `/etc/causeway/${of}.yaml`;
  if (role !== undefined)
    return [{ role, path: config ?? (io.exists(usual(role)) ? usual(role) : undefined) }];
  if (config !== undefined) {
    const named = programRoles.find((one) => config.endsWith(`${one}.yaml`));
    if (named !== undefined) return [{ role: named, path: config }];
    throw new Misuse(
      `--config: found ${JSON.stringify(config)}, whose name says no role: say --role ${programRoles.join(', --role ')}`,
    );
  }
  const found = programRoles.filter((one) => io.exists(usual(one)));
  if (found.length > 0) return found.map((one) => ({ role: one, path: usual(one) }));
  throw new Misuse(
    `no configuration in /etc/causeway (${programRoles.map((one) => `${one}.yaml`).join(', ')}): say --role, or --config`,
  );
}

async function examineAs({ role, path }: Place, io: CliIo): Promise<Examined> {
  const config = path === undefined ? undefined : configOf(role, path, io);
  const subject = subjectOf(role, config, io);
  const seen = await io.examine({
    question: (links) => questionFor(subject, links),
    coordinators: config === undefined || config.role === 'coordinator' ? undefined : config.coordinators,
    http: config === undefined ? `127.0.0.1:${usualPorts[role]}` : config.http,
    program: role,
  });
  const findings: Finding[] = diagnose(subject, seen);
  return { role, name: config?.name ?? '', config: path ?? '', findings };
}

/** Throws `Misuse` with every mistake and its place. */
function configOf(role: Role, path: string, io: Pick<CliIo, 'readFile'>): ConfigOf[Role] {
  try {
    return loadConfig(role, { argv: ['--config', path], env: {}, readFile: io.readFile });
  } catch (error) {
    if (error instanceof ProgramExit) throw new Misuse(error.message.trimEnd());
    throw error;
  }
}

function subjectOf(role: Role, config: ConfigOf[Role] | undefined, io: Pick<CliIo, 'readFile'>): Subject {
  if (role === 'coordinator') return { role };
  const address = config !== undefined && config.role !== 'coordinator' ? config.address : undefined;
  const snapshot: Seen<Snapshot | undefined> =
    config === undefined ? { value: undefined } : snapshotAt(`${config.stateDir}/snapshot.json`, io);
  if (role === 'director') return { role, address, snapshot: only('director', snapshot) };
  const dedicated = config?.role === 'realserver' && config.dedicated;
  return { role, address, dedicated, snapshot: only('realserver', snapshot) };
}

function snapshotAt(path: string, io: Pick<CliIo, 'readFile'>): Seen<Snapshot | undefined> {
  try {
    return { value: snapshotFromText(io.readFile(path)) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return { value: undefined };
    const remedy = code === 'EACCES' ? ': run as root (sudo causeway doctor)' : '';
    return { unseen: `${path} cannot be read (${messageOf(error)})${remedy}` };
  }
}

function only<K extends Snapshot['kind']>(
  kind: K,
  seen: Seen<Snapshot | undefined>,
): Seen<Extract<Snapshot, { kind: K }> | undefined> {
  if ('unseen' in seen) return seen;
  const { value } = seen;
  if (value === undefined) return { value };
  if (value.kind !== kind) return { unseen: `the snapshot on disk is a ${value.kind}'s` };
  return { value: value as Extract<Snapshot, { kind: K }> };
}
