// Faults of the control plane: nobody who is being served may notice any of them.
import { writeFileSync } from 'node:fs';
import { CausewayError } from '../domain/error.ts';
import { placeCommands } from './commands.ts';
import { isNoticed, isWhole, whatIsMissing } from './control-signs.ts';
import { type Blackhole, blackholeOf, cutsOf } from './cuts.ts';
import { circuitLines } from './disturb-wan.ts';
import type { Disturbance } from './disturbance.ts';
import { atPace, type Lab } from './lab.ts';
import { PreparedBatch } from './prepared-batch.ts';
import { clockFileOf, type ProgramKind } from './programs.ts';
import type { ClockFault, ControlFault, CutFault, ProgramsFault, WanLossFault } from './scenario-schema.ts';
import { wanNamespace } from './topology.ts';

/** Emulated, so many programs take half a minute to start together. */
const restartLimitMs = 100_000;
/** As their systemd units say (TimeoutStopSec). */
const stopLimitMs = 10_000;

function control(lab: Lab) {
  return {
    gone: [],
    unnoticed: true,
    tablesKept: 'whole',
    keepsConnections: true,
    isOfControl: true,
    // Each look costs every coordinator an answer.
    lookEveryMs: 1_000,
    // Leases are over after 10 s, and what is not heard of is taken for away after 8.
    noticeLimitMs: 40_000,
    recoveryLimitMs: restartLimitMs,
    noticed: () => isNoticed(lab),
    settled: () => true,
    recovered: () => isWhole(lab),
    unlike: () => whatIsMissing(lab),
  } as const;
}

/** `downMs`: after so long it is over. Gets everything ready, so that `inject` takes no time. */
export async function controlDisturbance(
  fault: ControlFault,
  downMs: number,
  lab: Lab,
): Promise<Disturbance> {
  switch (fault.kind) {
    case 'kill':
    case 'stop':
      return endPrograms(fault, downMs, lab);
    case 'cut':
      return cutOff(fault, downMs, lab);
    case 'clock':
      return setClocks(fault, downMs, lab);
    case 'wan-loss':
      return losePackets(fault, downMs, lab);
  }
}

/** Killed or stopped at once, of whatever sites: hosts, tunnels, VIPs and applications are well, so whoever is served goes on being served. */
function endPrograms({ kind, programs }: ProgramsFault, downMs: number, lab: Lab): Disturbance {
  const names = [...new Set(programs.flatMap((word) => namesOf(word, lab)))];
  const { processes } = lab;
  return {
    ...control(lab),
    restoreAfterMs: downMs,
    async inject() {
      await Promise.all(
        names.map((name) => (kind === 'kill' ? processes.kill(name) : processes.setStopped(name, true))),
      );
    },
    async restore() {
      if (kind === 'kill') for (const name of names) processes.restart(name);
      else await Promise.all(names.map((name) => processes.setStopped(name, false)));
    },
  };
}

/** Of a host it is the program that has its name: its agent, where it has one. */
function namesOf(word: string, lab: Lab): string[] {
  const kinds: Readonly<Record<string, ProgramKind>> = {
    coordinators: 'coordinator',
    etcd: 'etcd',
    directors: 'director',
    realservers: 'realserver',
  };
  const kind = kinds[word];
  if (kind !== undefined) return lab.processes.named([kind]);
  if (word !== 'leader') return [word];
  const leader = lab.control.leader();
  if (leader !== undefined) return [leader];
  throw new CausewayError({
    code: 'not-found',
    operation: 'end programs of the lab',
    subject: word,
    message: 'no coordinator leads now',
  });
}

async function cutOff(fault: CutFault, downMs: number, lab: Lab): Promise<Disturbance> {
  const cuts = cutsOf(fault, lab.topology, lab.control.leader());
  const holes = cuts.map((cut) => blackholeOf(cut, lab.topology));
  const batches = await Promise.all(
    [...Map.groupBy(holes, ({ namespace }) => namespace)].map(async ([namespace, own]) => ({
      batch: await new PreparedBatch(lab.launcher, 'ip', namespace).ready(),
      own,
    })),
  );
  const write = (verb: 'add' | 'del'): void => {
    for (const { batch, own } of batches) batch.write(...own.map((hole) => ruleLine(verb, hole)));
  };
  return {
    ...control(lab),
    // What is out of reach behind the cut is rightly left out of the table.
    tablesKept: 'what carries',
    restoreAfterMs: downMs,
    inject() {
      write('add');
      lab.cuts = [...lab.cuts, ...cuts];
    },
    async restore() {
      write('del');
      lab.cuts = lab.cuts.filter((cut) => !cuts.includes(cut));
      await Promise.all(batches.map(({ batch }) => batch.end()));
    },
  };
}

function ruleLine(verb: 'add' | 'del', { selector }: Blackhole): string {
  return `rule ${verb} ${selector} blackhole`;
}

function setClocks({ programs, aheadSeconds }: ClockFault, downMs: number, lab: Lab): Disturbance {
  const names = [...new Set(programs.flatMap((word) => namesOf(word, lab)))];
  const setAll = (seconds: number): void => {
    for (const name of names) {
      writeFileSync(clockFileOf(name, lab.places), String(1_000 * seconds));
      if (seconds === 0) lab.clocksOff.delete(name);
      else lab.clocksOff.add(name);
    }
  };
  return {
    ...control(lab),
    restoreAfterMs: downMs,
    inject: () => setAll(aheadSeconds),
    restore: () => setAll(0),
  };
}

async function losePackets({ share }: WanLossFault, downMs: number, lab: Lab): Promise<Disturbance> {
  const batch = await new PreparedBatch(lab.launcher, 'tc', wanNamespace).ready();
  const set = (more: number): void =>
    batch.write(
      ...lab.wan.flatMap((circuit) =>
        circuitLines({ ...circuit, loss: 1 - (1 - circuit.loss) * (1 - more) }),
      ),
    );
  return {
    ...control(lab),
    // Whoever is reached badly is rightly left out of the table.
    tablesKept: 'what carries',
    restoreAfterMs: downMs,
    inject: () => set(share),
    async restore() {
      set(0);
      await batch.end();
    },
  };
}

/**
 * An upgrade in one go: each is asked to end, and begins anew as soon as it has, as another executable where there is one. Noticed
 * when all have begun anew as that.
 */
export function restartAgents(lab: Lab): Disturbance {
  const { processes, places, say } = lab;
  const names = processes.named(['coordinator', 'director', 'realserver']);
  const { upgradeTo } = places;
  let begunAnew = 0;
  const restart = async (name: string): Promise<void> => {
    await processes.terminate(name, atPace(lab, stopLimitMs)());
    processes.restart(name);
    begunAnew += 1;
  };
  return {
    ...control(lab),
    restoreAfterMs: 0,
    noticeLimitMs: 2 * stopLimitMs,
    inject() {
      if (upgradeTo !== undefined) {
        placeCommands(upgradeTo, places);
        say(`  each begins anew as ${upgradeTo}`);
      }
      for (const name of names) restart(name);
    },
    async noticed() {
      if (begunAnew < names.length) return false;
      if (upgradeTo === undefined) return true;
      const executables = await Promise.all(names.map((name) => processes.executableOf(name)));
      return executables.every((executable) => executable === upgradeTo);
    },
    restore: () => {},
  };
}
