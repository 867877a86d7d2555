// One stage of changing load: what changes, the time it takes to settle, and then where connections really go.
import { writeFileSync } from 'node:fs';
import type { Lab } from './lab.ts';
import { capacityFileOf } from './programs.ts';
import { numbered, type Scenario } from './scenario.ts';
import type { Stage } from './scenario-schema.ts';
import { meanShares, type Shares, sentShares, wandering, weightShares } from './sent-shares.ts';
import { pause } from './wait.ts';

/** Times in ms since the epoch. */
export interface StageOutcome {
  readonly stage: Stage;
  readonly beganAtMs: number;
  /** From here on it counts. */
  readonly settledAtMs: number;
  readonly endedAtMs: number;
  readonly sent: Shares;
  /** By the weights in force, over the same time. */
  readonly planned: Shares;
  /** To and fro, from the beginning on, beyond the way from the first look to the last. */
  readonly wandering: number;
}

/** Directors report every 2 s. */
const lookEveryMs = 2_000;

export async function runStage(stage: Stage, lab: Lab): Promise<StageOutcome> {
  const beganAtMs = Date.now();
  change(stage, lab);
  const settling = await watch(lab, stage.settleSeconds * 1_000);
  const before = await lab.admin.status();
  const settledAtMs = Date.now();
  const looks = [weightShares(before), ...(await watch(lab, stage.seconds * 1_000))];
  const after = await lab.admin.status();
  return {
    stage,
    beganAtMs,
    settledAtMs,
    endedAtMs: Date.now(),
    sent: sentShares(before, after),
    planned: meanShares(looks),
    wandering: wandering([...settling, ...looks]),
  };
}

async function watch({ admin, signal }: Lab, ms: number): Promise<Shares[]> {
  const looks: Shares[] = [];
  for (const endMs = Date.now() + ms; Date.now() < endMs; ) {
    await pause(Math.min(lookEveryMs, endMs - Date.now()), signal);
    looks.push(weightShares(await admin.status()));
  }
  return looks;
}

function change(
  { newConnectionsPerSecond, realCapacity }: Stage,
  { scenario, topology, processes, places }: Lab,
): void {
  for (const [site, rate] of Object.entries(newConnectionsPerSecond)) {
    for (const { name } of topology.hosts.filter((host) => host.role === 'client' && host.site === site))
      processes.tell(name, `rate ${rate}`);
  }
  for (const [site, connections] of Object.entries(realCapacity)) {
    const servers = scenario.sites.find(({ name }) => name === site)?.realServers ?? 0;
    for (const host of numbered(`${site}-r`, servers)) writeCapacity(host, connections, places);
  }
}

/** Before anything runs: every real server can carry what it says. */
export function writeCapacities(
  { sites, stages, realServerCapacity }: Scenario,
  places: Lab['places'],
): void {
  if (stages.length === 0) return;
  for (const { name, realServers } of sites)
    for (const host of numbered(`${name}-r`, realServers)) writeCapacity(host, realServerCapacity, places);
}

function writeCapacity(host: string, connections: number, places: Lab['places']): void {
  writeFileSync(capacityFileOf(host, places), `${connections}\n`);
}
