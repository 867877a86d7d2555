// The whole run of a scenario in the kernel that it is started in: up, load, faults, verdict, down.
import { join } from 'node:path';
import { messageOf } from '../domain/error.ts';
import { type BringUpOptions, makeReady, raiseLab } from './bring-up.ts';
import { removeLab } from './build.ts';
import { type FaultOutcome, type FaultRun, isBeside, runFault } from './fault-phase.ts';
import { faultText } from './fault-text.ts';
import type { Lab } from './lab.ts';
import {
  faultFigures,
  faultPhase,
  makeReport,
  type Phase,
  percent,
  phaseFigures,
  type Report,
  stagePhase,
} from './lab-report.ts';
import { Launcher } from './launcher.ts';
import { clientTable, faultLine, paceLine, type Style, sightingLines } from './narrate.ts';
import { limitAt, paceText } from './pace.ts';
import type { Scenario } from './scenario.ts';
import type { LoadSpec, Stage } from './scenario-schema.ts';
import { judge } from './scenario-verdict.ts';
import { runStage, type StageOutcome } from './stage.ts';
import { sharesText } from './stage-verdict.ts';
import { readTunnelCounters } from './tunnel-counters.ts';
import { pause } from './wait.ts';

/** Connections made, caches warm, code compiled: then it counts. */
const warmUpMs = 3_000;

export interface RunOptions extends BringUpOptions {
  readonly backend: string;
  readonly style: Style;
  /** Leave everything but the load running. */
  readonly keep: boolean;
  /** The kernel ends with the run: what is in it need not be taken away. */
  readonly disposable: boolean;
}

export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Report> {
  const begun = performance.now();
  const launcher = new Launcher(join(options.places.run, 'commands'));
  let lab: Lab | undefined;
  try {
    await removeLab(options.recordFile, launcher);
    lab = await raiseLab(scenario, launcher, options);
    await makeReady(lab);
    return await measure(lab, options, begun);
  } finally {
    lab?.admins.close();
    // A lab that failed is what one wants to look into; one that was interrupted is not.
    if (options.keep && !options.signal.aborted) await lab?.processes.stopLoad();
    else if (!options.disposable) await removeLab(options.recordFile, launcher);
    lab?.pace.stop();
    lab?.tables.close();
    lab?.control.close();
    launcher.close();
  }
}

async function measure(lab: Lab, { backend, style }: RunOptions, begun: number): Promise<Report> {
  const { scenario, say, signal, load, pace } = lab;
  const { load: wanted } = scenario;
  const paceBefore = pace.between(0);
  const timeoutMs = limitAt(wanted.timeoutMs, pace.now);
  lab.processes.startLoad(timeoutMs);
  say(loadText(wanted));
  say(
    `pace: timers and wakes took ${paceText(paceBefore)} as long as they need here until now (${paceText(pace.now)} just now); ` +
      `a request may take ${timeoutMs} ms, and every limit grows likewise`,
  );
  await pause(limitAt(warmUpMs, pace.now) + scenario.settleSeconds * 1_000, signal);
  const steady: Phase = {
    name: 'steady',
    fromMs: Date.now(),
    untilMs: Date.now() + scenario.steadySeconds * 1_000,
  };
  await pause(steady.untilMs - Date.now(), signal);
  say('');
  say(style.bold('steady'));
  for (const line of clientTable(phaseFigures(load.between(0), steady))) say(`  ${line}`);
  const paceSteady = pace.between(steady.fromMs, steady.untilMs);
  say(`  pace ${paceText(paceSteady)}`);
  const runs: FaultRun[] = [];
  const problems: string[] = [];
  for (const fault of scenario.faults) {
    signal.throwIfAborted();
    say('');
    say(`${style.bold(fault.name)} ${style.faint(faultText(fault))}`);
    const run = await runFault(fault, lab).catch((error: unknown) => {
      signal.throwIfAborted();
      problems.push(`${fault.name}: ${messageOf(error)}`);
      say(`  ${messageOf(error)}`);
    });
    if (run === undefined) continue;
    runs.push(run);
    const { outcome } = run;
    for (const line of clientTable(phaseFigures(load.between(outcome.injectedAtMs), faultPhase(outcome))))
      say(`  ${line}`);
    const figures = faultFigures(outcome, load.between(outcome.injectedAtMs), scenario.expect);
    say(`  ${isBeside(fault) ? 'what follows from it comes beside the next faults' : faultLine(figures)}`);
    say(`  ${paceLine(figures)}`);
    for (const line of sightingLines(outcome)) say(`  ${line}`);
    const troubles = [outcome.unlike, outcome.tablesChanged, outcome.during?.unlike ?? ''];
    for (const trouble of troubles) if (trouble !== '') say(`  ${trouble}`);
  }
  const outcomes: FaultOutcome[] = [];
  for (const { outcome, whole } of runs) {
    const { fault } = outcome;
    const ended = await whole.catch((error: unknown) => {
      signal.throwIfAborted();
      problems.push(`${fault.name}: ${messageOf(error)}`);
      return outcome;
    });
    outcomes.push(ended);
    if (!isBeside(fault)) continue;
    const figures = faultFigures(ended, load.between(ended.injectedAtMs), scenario.expect);
    say('');
    say(`${style.bold(fault.name)} ${style.faint('and what followed from it')}`);
    say(`  ${faultLine(figures)}`);
  }
  const stages: StageOutcome[] = [];
  for (const stage of scenario.stages) {
    signal.throwIfAborted();
    say('');
    say(`${style.bold(stage.name)} ${style.faint(stageText(stage))}`);
    const outcome = await runStage(stage, lab);
    stages.push(outcome);
    for (const line of clientTable(phaseFigures(load.between(outcome.settledAtMs), stagePhase(outcome))))
      say(`  ${line}`);
    for (const from of Object.keys(stage.expect.sentTo))
      say(
        `  ${from} sent ${sharesText(outcome.sent, from)}; by the plan ${sharesText(outcome.planned, from)}; ` +
          `to and fro ${percent(outcome.wandering)}`,
      );
    const answers = [...Object.values(outcome.why).flat(), ...(outcome.whatIf?.sentences ?? [])];
    for (const line of answers) say(`  ${style.faint(line)}`);
  }
  // The last requests may still be waiting for their answer.
  await pause(Math.min(timeoutMs, 500), signal);
  return makeReport(
    {
      scenario,
      backend,
      steady,
      pace: { before: paceBefore, steady: paceSteady },
      outcomes,
      stages,
      requests: load.between(0),
      tunnels: await readTunnelCounters(lab.topology, lab.launcher),
      problems: [...problems, ...lab.processes.unexpected],
      durationMs: Math.round(performance.now() - begun),
    },
    judge,
  );
}

function loadText({ newConnectionsPerSecond, longLived, url, udp }: LoadSpec): string {
  const tcp = `${newConnectionsPerSecond} new connections/s and ${longLived} long-lived ones a site, to ${url}`;
  if (udp === undefined) return `load: ${tcp}`;
  return `load: ${tcp}; ${udp.newFlowsPerSecond} new flows/s and ${udp.longLived} long-lived ones a site, to port ${udp.port}/udp`;
}

function stageText({ newConnectionsPerSecond, realCapacity, settleSeconds, seconds }: Stage): string {
  const rates = Object.entries(newConnectionsPerSecond).map(
    ([site, rate]) => `${site} ${rate} connections/s`,
  );
  const capacities = Object.entries(realCapacity).map(
    ([site, connections]) => `${site}'s real servers carry ${connections} each`,
  );
  return [...rates, ...capacities, `${settleSeconds} s to settle, ${seconds} s counted`].join(', ');
}
