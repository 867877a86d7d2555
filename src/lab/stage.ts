// One stage of changing load: what changes, the time it takes to settle, and then where connections really go.
import { writeFileSync } from 'node:fs';
import type { WhatIfAnswer, WhyQuestion } from '../domain/question.ts';
import type { OptimalExplanation } from '../plan/optimal/explanation.ts';
import type { Lab } from './lab.ts';
import { capacityFileOf } from './programs.ts';
import { numbered, type Scenario } from './scenario.ts';
import type { Stage } from './scenario-schema.ts';
import { meanShares, type Shares, sentShares, wandering } from './sent-shares.ts';
import { pause } from './wait.ts';

/** Times in ms since the epoch. */
export interface StageOutcome {
  readonly stage: Stage;
  readonly beganAtMs: number;
  /** From here on it counts. */
  readonly settledAtMs: number;
  readonly endedAtMs: number;
  readonly sent: Shares;
  /** By the flows in force, over the same time. */
  readonly planned: Shares;
  /** To and fro once settled, beyond the way from the first look to the last. */
  readonly wandering: number;
  /** Why, in the planner's own words, by site that the stage expects something of. */
  readonly why: Readonly<Record<string, readonly string[]>>;
  /** The answer to what the stage asks at its end. */
  readonly whatIf: WhatIfAnswer | undefined;
}

/** A plan is made every 5 s. */
const lookEveryMs = 5_000;

export async function runStage(stage: Stage, lab: Lab): Promise<StageOutcome> {
  const beganAtMs = Date.now();
  change(stage, lab);
  const asked = Object.keys(stage.expect.sentTo);
  await pause(stage.settleSeconds * 1_000, lab.signal);
  const before = await lab.admin.status();
  const settledAtMs = Date.now();
  const looks = await watch(lab, asked, stage.seconds * 1_000);
  const after = await lab.admin.status();
  return {
    stage,
    beganAtMs,
    settledAtMs,
    endedAtMs: Date.now(),
    sent: sentShares(before, after),
    planned: meanShares(looks),
    wandering: wandering(looks),
    whatIf:
      stage.whatIfDown === undefined
        ? undefined
        : await lab.admin.whatIf([{ kind: 'site-down', site: stage.whatIfDown }]),
    why: Object.fromEntries(
      await Promise.all(asked.map(async (site) => [site, await explain(lab, site)] as const)),
    ),
  };
}

async function watch(lab: Lab, sites: readonly string[], ms: number): Promise<Shares[]> {
  const looks: Shares[] = [];
  for (const endMs = Date.now() + ms; Date.now() < endMs; ) {
    await pause(Math.min(lookEveryMs, endMs - Date.now()), lab.signal);
    looks.push(await plannedShares(lab, sites));
  }
  return looks;
}

async function plannedShares(lab: Lab, sites: readonly string[]): Promise<Shares> {
  const shares = sites.map(async (from) => {
    const { json } = await lab.admin.explain(question(lab.scenario, from));
    const { ways }: Pick<OptimalExplanation, 'ways'> = JSON.parse(json);
    return [
      from,
      Object.fromEntries(ways.map(({ to, sharePermille }) => [to, sharePermille / 1_000])),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(shares));
}

async function explain({ admin, scenario }: Lab, from: string): Promise<readonly string[]> {
  return (await admin.explain(question(scenario, from))).sentences;
}

function question({ resources }: Scenario, from: string): WhyQuestion {
  const service = resources.find(({ kind }) => kind === 'Service')?.name;
  return { service, from, realServer: undefined, changedSinceMs: undefined };
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
