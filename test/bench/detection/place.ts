/** The whole bench in the lab's kernel: network, programs of both sides, load; and when all of it is well. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type AdminClient, connectAdmin } from '../../../src/api/admin-client.ts';
import { CausewayError } from '../../../src/domain/error.ts';
import { behindAgents, missingAgents } from '../../../src/lab/agents-state.ts';
import { buildLab, removeLab } from '../../../src/lab/build.ts';
import { Launcher } from '../../../src/lab/launcher.ts';
import { coordinatorPort } from '../../../src/lab/programs.ts';
import { managementAddress } from '../../../src/lab/topology.ts';
import { heldBy, waitUntil } from '../../../src/lab/wait.ts';
import { prepareKeepalivedHosts } from './keepalived.ts';
import { client, directors, realServers, topology } from './network.ts';
import { Program } from './program.ts';
import { type Load, type Places, type ProgramPlan, planPrograms, resources } from './programs.ts';
import { RequestLog } from './request-log.ts';
import { isCalm } from './requests.ts';

/** Nothing fails for so long: then it is steady. */
export const calmMs = 3_000;
const startLimitMs = 150_000;
const calmLimitMs = 60_000;
const agentLimitMs = 90_000;
/** Each look costs the emulated coordinator an answer. */
const agentLookMs = 1_000;
const calmLookMs = 250;
const statusTimeoutMs = 5_000;
const logLinesShown = 4;

export interface Place {
  readonly launcher: Launcher;
  readonly load: Load;
  readonly signal: AbortSignal;
  readonly requests: RequestLog;
  program(name: string): Program;
  /** Resolves when every agent is connected and has applied what is wanted of it. */
  agentsReady(): Promise<void>;
  /** Resolves once every real server of both sides has served, and nothing failed, for `calmMs`. */
  calm(): Promise<void>;
}

/** Raises it, hands it to `work`, takes it away whatever happens; rejects with the signal's reason. */
export async function withPlace<T>(
  places: Places,
  load: Load,
  keepalivedRetries: number,
  signal: AbortSignal,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  rmSync(join(places.run, 'state'), { recursive: true, force: true });
  rmSync(join(places.run, 'logs'), { recursive: true, force: true });
  mkdirSync(places.run, { recursive: true });
  const recordFile = join(places.run, 'lab.json');
  const launcher = new Launcher(join(places.run, 'commands'));
  const admin = connectAdmin({
    address: `${managementAddress(0)}:${coordinatorPort}`,
    timeoutMs: statusTimeoutMs,
  });
  try {
    await removeLab(recordFile, launcher);
    await buildLab(topology, recordFile, launcher);
    await prepareKeepalivedHosts(launcher);
    const plans = planPrograms(places, load, keepalivedRetries);
    return await work(await raise(plans, places, load, signal, launcher, admin));
  } finally {
    admin.close();
    await removeLab(recordFile, launcher);
    launcher.close();
  }
}

async function raise(
  plans: readonly ProgramPlan[],
  places: Places,
  load: Load,
  signal: AbortSignal,
  launcher: Launcher,
  admin: AdminClient,
): Promise<Place> {
  const programs = plans.map((plan) => new Program(plan, places.run, launcher));
  const program = (name: string): Program => {
    const found = programs.find(({ plan }) => plan.name === name);
    if (found === undefined) throw new Error(`no program is called ${name}`);
    return found;
  };
  const agents = [directors.ours, ...realServers.ours];
  const waiting = { programs, signal };
  const requests = new RequestLog(program(client).log);
  const place: Place = {
    launcher,
    load,
    signal,
    requests,
    program,
    agentsReady: () =>
      expectSoon('agents connected and up to date', agentLimitMs, agentLookMs, waiting, async () => {
        const status = await admin.status();
        return missingAgents(status, agents).length === 0 && behindAgents(status).length === 0;
      }),
    calm: () =>
      expectSoon('steady: no failed request', calmLimitMs, calmLookMs, waiting, () => {
        const fromMs = Date.now() - calmMs - load.timeoutMs;
        return isCalm(requests.since(fromMs), [...realServers.ours, ...realServers.keepalived], fromMs);
      }),
  };
  await Promise.all(programs.filter(({ plan }) => plan.kind !== 'client').map((one) => one.start()));
  await expectSoon('agents connected', startLimitMs, agentLookMs, waiting, async () => {
    return missingAgents(await admin.status(), agents).length === 0;
  });
  const { problems } = await admin.apply(resources());
  if (problems.length > 0) throw benchError('apply the resources', JSON.stringify(problems));
  await place.agentsReady();
  await program(client).start();
  await place.calm();
  return place;
}

async function expectSoon(
  what: string,
  limitMs: number,
  everyMs: number,
  { programs, signal }: { readonly programs: readonly Program[]; readonly signal: AbortSignal },
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  const ms = await waitUntil(() => heldBy(condition), { limitMs, everyMs, signal });
  if (ms !== undefined) return;
  const ended = programs.filter(({ status }) => status !== undefined);
  const reasons = ended.map(({ plan, status, log }) => `${plan.name} ended with ${status}: ${tail(log)}`);
  throw benchError(what, [`not within ${limitMs / 1_000} s`, ...reasons].join('; '));
}

function tail(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-logLinesShown).join(' | ');
}

function benchError(operation: string, message: string): CausewayError {
  return new CausewayError({ code: 'unavailable', operation, message });
}
