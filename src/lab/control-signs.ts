// By what is seen that the control plane has noticed what it suffers, and that it is whole again.
import type { Status } from '../domain/status.ts';
import { behindAgents, missingAgents } from './agents-state.ts';
import { type Fitness, fitness } from './fitness.ts';
import { agentNames, type Lab } from './lab.ts';
import { isAway } from './wait.ts';

/** What a coordinator says that can't write, or does not hear what others write. */
const storeTrouble = /^(what others write is not seen|the store cannot be written)/;
/** What every coordinator of the lab says. */
const insecureTrouble = /^it speaks plaintext/;
/** What one says whose clock was set, for as long as it is. */
const clockTrouble = /^the clock of this coordinator's host was stepped/;

/**
 * Whoever can lead leads and owns all sites; whoever can't says why, or does not answer; agents that do not run are missed. With
 * one coordinator in all there are no offices to be taken over.
 */
export async function isNoticed(lab: Lab): Promise<boolean> {
  const now = fitnessNow(lab);
  if (lab.admins.each.size > 1 && !officesHeld(lab, now)) return false;
  const [statuses, silent] = await Promise.all([statusesOf(now.unfit, lab), silentOf(now.gone, lab)]);
  if (!silent || !statuses.every(tellsStoreTrouble)) return false;
  const dead = agentNames(lab).filter((name) => !lab.processes.isRunning(name));
  if (dead.length === 0 || now.fit.length === 0) return true;
  return missingAgents(await lab.admin.status(), dead).length === dead.length;
}

/** Every coordinator has all agents, none of which is behind, and no trouble but with a clock that is off; each site that has a coordinator of its own is owned by one. */
export async function isWhole(lab: Lab): Promise<boolean> {
  const now = fitnessNow(lab);
  if (now.unfit.length + now.gone.length > 0) return false;
  if (lab.admins.each.size > 1 && !(officesHeld(lab, now) && everySiteAtHome(lab))) return false;
  const statuses = await statusesOf(now.fit, lab);
  return now.fit.every((name, index) => isWell(name, statuses[index], lab));
}

/** What is not as it was, for people. */
export async function whatIsMissing(lab: Lab): Promise<string> {
  const { unfit, gone, fit } = fitnessNow(lab);
  const statuses = await statusesOf(fit, lab);
  const leader = lab.control.leader();
  return [
    ...gone.map((name) => `${name} does not run`),
    ...unfit.map((name) => `${name} does not reach etcd`),
    ...(lab.admins.each.size > 1 && leader === undefined ? ['nobody leads'] : []),
    ...(lab.admins.each.size > 1
      ? sitesOf(lab)
          .filter((site) => !isAtHome(site, lab))
          .map((site) => `${site} is owned by ${lab.control.ownerOf(site) ?? 'nobody'}`)
      : []),
    ...fit.flatMap((name, index) => {
      const status = statuses[index];
      if (status === undefined) return [`${name} does not answer`];
      const missing = missingAgents(status, agentNames(lab));
      return [
        ...(missing.length === 0 ? [] : [`${name} misses ${missing.join(', ')}`]),
        ...(behindAgents(status).length === 0
          ? []
          : [`behind by ${name}'s word: ${behindAgents(status).join(', ')}`]),
        ...unexpectedTroubles(status.troubles, lab.clocksOff.has(name)).map(
          (trouble) => `${name} says: ${trouble}`,
        ),
      ];
    }),
  ].join('; ');
}

export function fitnessNow({ topology, processes, cuts }: Lab): Fitness {
  return fitness(topology, (name) => processes.isRunning(name), cuts);
}

function sitesOf({ scenario }: Lab): string[] {
  return scenario.sites.map(({ name }) => name);
}

/** By whoever can. */
function officesHeld(lab: Lab, { fit }: Fitness): boolean {
  if (fit.length === 0) return true;
  const holders = [lab.control.leader(), ...sitesOf(lab).map((site) => lab.control.ownerOf(site))];
  return holders.every((holder) => holder !== undefined && fit.includes(holder));
}

function everySiteAtHome(lab: Lab): boolean {
  return sitesOf(lab).every((site) => isAtHome(site, lab));
}

function isAtHome(site: string, { control, topology }: Lab): boolean {
  const own = topology.hosts
    .filter((host) => host.role === 'coordinator' && host.site === site)
    .map(({ name }) => name);
  const owner = control.ownerOf(site);
  return own.length === 0 ? owner !== undefined : owner !== undefined && own.includes(owner);
}

/** Undefined for one that does not answer. */
function statusesOf(names: readonly string[], { admins }: Lab): Promise<(Status | undefined)[]> {
  return Promise.all(names.map((name) => admins.each.get(name)?.status().catch(undefinedIfAway)));
}

function undefinedIfAway(error: unknown): undefined {
  if (!isAway(error)) throw error;
}

async function silentOf(names: readonly string[], lab: Lab): Promise<boolean> {
  return (await statusesOf(names, lab)).every((status) => status === undefined);
}

function tellsStoreTrouble(status: Status | undefined): boolean {
  return status?.troubles.some((trouble) => storeTrouble.test(trouble)) ?? false;
}

function isWell(name: string, status: Status | undefined, lab: Lab): boolean {
  return (
    status !== undefined &&
    missingAgents(status, agentNames(lab)).length === 0 &&
    behindAgents(status).length === 0 &&
    unexpectedTroubles(status.troubles, lab.clocksOff.has(name)).length === 0
  );
}

/** Of a coordinator's troubles those that the lab has not made; `isClockOff`: the lab has set its clock. */
export function unexpectedTroubles(troubles: readonly string[], isClockOff: boolean): string[] {
  return troubles.filter(
    (trouble) => !insecureTrouble.test(trouble) && !(isClockOff && clockTrouble.test(trouble)),
  );
}
