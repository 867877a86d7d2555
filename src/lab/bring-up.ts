// From nothing to a lab that serves: network, processes, agents connected, resources applied, tables programmed.
import { CausewayError, messageOf } from '../domain/error.ts';
import { selects } from '../plan/selection.ts';
import { connectAdmins } from './admins.ts';
import { behindAgents, missingAgents } from './agents-state.ts';
import { buildLab } from './build.ts';
import { ControlLog } from './control-log.ts';
import { isWhole, whatIsMissing } from './control-signs.ts';
import { Declared } from './declared.ts';
import { DirectorTables } from './director-tables.ts';
import { carrying } from './ipvs-proc.ts';
import { addressesOf, agentNames, atPace, type Lab } from './lab.ts';
import type { Launcher } from './launcher.ts';
import { LoadLog } from './load-log.ts';
import { limitAt, paceText, tooSlow } from './pace.ts';
import { PaceMeter } from './pace-meter.ts';
import { Processes } from './processes.ts';
import { coordinatorPort, type Places, planPrograms } from './programs.ts';
import { coordinatorNames, directorNames, labelsOf, numbered, type Scenario } from './scenario.ts';
import { writeCapacities } from './stage.ts';
import { managementAddress, planTopology } from './topology.ts';
import { waitUntil } from './wait.ts';

/** Each look costs the coordinator an answer, while it has nine agents to begin with. */
const lookEveryMs = 1_000;
/** Emulated, twenty programs take up to a minute to start; on a busy machine longer (all limits grow with the pace). */
const startLimitMs = 150_000;
const applyLimitMs = 60_000;
const latencyLimitMs = 30_000;
const askTimeoutMs = 5_000;

export interface BringUpOptions {
  readonly places: Places;
  readonly recordFile: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Network and processes; nothing is connected yet when it resolves. */
export async function raiseLab(
  scenario: Scenario,
  launcher: Launcher,
  options: BringUpOptions,
): Promise<Lab> {
  const { places, recordFile, say, signal } = options;
  const topology = planTopology(scenario);
  const pace = new PaceMeter(launcher);
  const begun = performance.now();
  await buildLab(topology, recordFile, launcher);
  const rtts = scenario.wan.map(({ between, rttMs }) => `${between.join('–')} ${rttMs} ms`).join(', ');
  say(`network up: ${topology.namespaces.length} namespaces; WAN ${rtts} (${elapsed(begun)})`);
  const processes = new Processes(launcher, places.run);
  writeCapacities(scenario, places);
  const programs = planPrograms(scenario, topology, places);
  for (const program of programs) processes.start(program);
  say(`started ${programs.length} programs, each in its host's namespace`);
  const clients = topology.hosts.filter(({ role }) => role === 'client');
  const coordinators = coordinatorNames(scenario);
  const admins = connectAdmins(
    new Map(coordinators.map((name, index) => [name, `${managementAddress(index)}:${coordinatorPort}`])),
    limitAt(askTimeoutMs, pace.now),
  );
  return {
    scenario,
    topology,
    places,
    launcher,
    processes,
    admin: admins.any,
    admins,
    control: new ControlLog(new Map(coordinators.map((name) => [name, processes.logFile(name)]))),
    declared: new Declared(),
    cuts: [],
    clocksOff: new Set(),
    tables: await DirectorTables.open(directorNames(scenario), launcher),
    load: new LoadLog(clients.map(({ name, site }) => ({ site, file: processes.logFile(name) }))),
    pace,
    wan: scenario.wan,
    signal,
    say,
  };
}

/** Waits until coordinator and agents have found each other, applies the resources, waits until all stand in the kernel. */
export async function makeReady(lab: Lab): Promise<void> {
  const { admin, say } = lab;
  const agents = agentNames(lab);
  let begun = performance.now();
  let answered = false;
  let missing = agents;
  await expectSoon(
    lab,
    startLimitMs,
    'agents connected',
    () => `not connected: ${missing.join(', ')}`,
    async () => {
      const status = await admin.status();
      if (!answered) say(`coordinator answers (${elapsed(begun)})`);
      answered = true;
      missing = missingAgents(status, agents);
      return missing.length === 0;
    },
  );
  say(`all ${agents.length} agents connected (${elapsed(begun)}); pace ${paceText(lab.pace.now)}`);
  begun = performance.now();
  let applied: Awaited<ReturnType<typeof admin.apply>> | undefined;
  // On a busy machine the first answer takes longer than a call may; to apply the same again changes nothing.
  await expectSoon(
    lab,
    applyLimitMs,
    'resources taken',
    () => '',
    async () => {
      applied = await admin.apply(lab.scenario.resources);
      return true;
    },
  );
  const { problems = [], outcomes = [] } = applied ?? {};
  if (problems.length > 0) {
    const text = problems.map(
      ({ resource, path, found, expected }) =>
        `${resource.kind}/${resource.name} ${path}: found ${found}, expected ${expected}`,
    );
    throw labError('apply the resources', text.join('; '));
  }
  say(`applied ${outcomes.length} resources`);
  let behind: string[] = [];
  await expectSoon(
    lab,
    applyLimitMs,
    'resources in force',
    () => `behind: ${behind.join(', ') || unused(lab).join(', ')}`,
    async () => {
      behind = behindAgents(await admin.status());
      return behind.length === 0 && unused(lab).length === 0;
    },
  );
  let troubles = '';
  await expectSoon(
    lab,
    applyLimitMs,
    'a whole control plane',
    () => troubles,
    async () => {
      const whole = await isWhole(lab);
      if (!whole) troubles = await whatIsMissing(lab);
      return whole;
    },
  );
  say(
    `every agent has applied them; every director sends to its own site's real servers (${elapsed(begun)})`,
  );
  const leader = lab.control.leader();
  if (leader !== undefined) say(`${leader} leads; ${lab.admins.each.size} coordinators own the sites`);
  await sayLatency(lab);
}

/** Real servers that a service selects and whose own site's directors do not send to them. */
function unused({ scenario, tables, ...lab }: Lab): string[] {
  const services = scenario.resources.filter((resource) => resource.kind === 'Service');
  const isWanted = (server: string): boolean =>
    services.some((service) => selects(service, { labels: labelsOf(scenario, server) }));
  return scenario.sites.flatMap(({ name, directors, realServers }) =>
    numbered(`${name}-d`, directors).flatMap((director) => {
      const weights = tables.read(director);
      return numbered(`${name}-r`, realServers).filter(
        (server) => isWanted(server) && carrying(weights, addressesOf(lab, [server])).length === 0,
      );
    }),
  );
}

/** Where nearest sites are chosen by measured round trips, these must have been measured before the first fault. */
async function sayLatency(lab: Lab): Promise<void> {
  const { admin, scenario, say, signal } = lab;
  const pairs = scenario.wan.flatMap(({ between: [a, b] }) => [
    [a, b],
    [b, a],
  ]);
  let latency = (await admin.status()).latency;
  const measured = (): boolean =>
    pairs.every(([a, b]) => latency.some(({ from, to }) => from === a && to === b));
  const ms = await waitUntil(
    async () => {
      latency = (await admin.status()).latency;
      return measured();
    },
    { limitMs: atPace(lab, latencyLimitMs), everyMs: lookEveryMs, signal },
  );
  const text = latency
    .filter(({ from, to }) => from < to)
    .map(({ from, to, p50Us }) => `${from}–${to} ${Math.round(p50Us / 1_000)} ms`);
  say(
    `measured through the tunnels: ${text.join(', ') || 'nothing'}${ms === undefined ? ' (not every pair)' : ''}`,
  );
}

/** Waits for a condition that may throw `unavailable` meanwhile; a program that ended unasked ends the waiting. */
async function expectSoon(
  lab: Lab,
  leastMs: number,
  what: string,
  why: () => string,
  condition: () => Promise<boolean>,
): Promise<void> {
  const { processes, signal } = lab;
  const limitMs = atPace(lab, leastMs);
  const begunAtMs = Date.now();
  let lastError = '';
  const ms = await waitUntil(
    async () => {
      const [ended] = processes.unexpected;
      if (ended !== undefined) throw labError('start the lab', ended);
      try {
        const held = await condition();
        lastError = '';
        return held;
      } catch (error) {
        lastError = messageOf(error);
        return false;
      }
    },
    { limitMs, everyMs: lookEveryMs, signal },
  );
  if (ms === undefined) {
    const here = lab.pace.between(begunAtMs);
    const verdict = tooSlow(here)
      ? `; this machine is too slow for a verdict: here everything takes ${paceText(here)} as long`
      : '';
    throw labError(
      'start the lab',
      `${what}: not within ${limitMs() / 1_000} s; ${lastError || why()}${verdict}`,
    );
  }
}

function labError(operation: string, message: string): CausewayError {
  return new CausewayError({ code: 'unavailable', operation, message });
}

function elapsed(begun: number): string {
  return `${((performance.now() - begun) / 1_000).toFixed(1)} s`;
}
