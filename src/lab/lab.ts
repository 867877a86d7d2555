// A running lab: what faults are done to and what is looked at.
import type { Admin, Admins } from './admins.ts';
import type { ControlLog } from './control-log.ts';
import type { Cut } from './cuts.ts';
import type { Declared } from './declared.ts';
import type { DirectorTables } from './director-tables.ts';
import type { Launcher } from './launcher.ts';
import type { LoadLog } from './load-log.ts';
import { limitAt } from './pace.ts';
import type { PaceMeter } from './pace-meter.ts';
import type { Processes } from './processes.ts';
import type { Places } from './programs.ts';
import type { Scenario } from './scenario.ts';
import type { WanSpec } from './scenario-schema.ts';
import type { Topology } from './topology.ts';

export interface Lab {
  readonly scenario: Scenario;
  readonly topology: Topology;
  readonly places: Places;
  readonly launcher: Launcher;
  readonly processes: Processes;
  /** Whichever coordinator answers. */
  readonly admin: Admin;
  readonly admins: Admins;
  /** Who leads, and who serves which site. */
  readonly control: ControlLog;
  /** What operators were told is applied. */
  readonly declared: Declared;
  /** In force now. */
  cuts: readonly Cut[];
  /** Coordinators whose clocks are not set right now. */
  readonly clocksOff: Set<string>;
  readonly tables: DirectorTables;
  readonly load: LoadLog;
  readonly pace: PaceMeter;
  /** The WAN as it is now. */
  wan: readonly WanSpec[];
  /** Fires when the run is to end. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** A limit that grows with the pace of the last seconds, for as long as somebody waits. */
export function atPace({ pace }: Pick<Lab, 'pace'>, limitMs: number): () => number {
  return () => limitAt(limitMs, pace.now);
}

export function agentNames({ topology }: Pick<Lab, 'topology'>): string[] {
  return topology.hosts
    .filter(({ role }) => role === 'director' || role === 'realserver')
    .map(({ name }) => name);
}

/** Underlay addresses of hosts. */
export function addressesOf({ topology }: Pick<Lab, 'topology'>, hosts: readonly string[]): string[] {
  return topology.hosts.filter(({ name }) => hosts.includes(name)).map(({ address }) => address);
}
