// What a fault is to whoever runs it: ready to happen, with the signs by which it counts as noticed and as over.
import { applyChange } from './disturb-apply.ts';
import { controlDisturbance, restartAgents } from './disturb-control.ts';
import { killHosts, stopApplication, tunnelDown } from './disturb-servers.ts';
import { changeRtt } from './disturb-wan.ts';
import type { Lab } from './lab.ts';
import { numbered } from './scenario.ts';
import type { Fault } from './scenario-schema.ts';

export interface Disturbance {
  /** Hosts that are to serve nobody while it lasts. */
  readonly gone: readonly string[];
  /** No client may notice anything. */
  readonly unnoticed: boolean;
  /** What of the directors' tables may not change meanwhile: all, the destinations that take new connections, or nothing. */
  readonly tablesKept: 'whole' | 'what carries' | 'nothing';
  /** What operators have applied stays applied, and what they apply meanwhile is taken where anybody can take it. */
  readonly isOfControl: boolean;
  /** Every long-lived connection goes on. */
  readonly keepsConnections: boolean;
  /** Undone after so many ms already, if that is before the phase's end; undefined: at the end; never: it stays. */
  readonly restoreAfterMs: number | 'never' | undefined;
  inject(): void | Promise<void>;
  /** Looked at again and again from the injection on; costly ones less often. */
  noticed(): boolean | Promise<boolean>;
  readonly lookEveryMs: number;
  /** How long it may take until it is noticed. */
  readonly noticeLimitMs: number;
  /** Whether those who decide have finished, beyond what the clients see; looked at once noticed. */
  settled(): boolean | Promise<boolean>;
  restore(): void | Promise<void>;
  /** How long it may take from there until everything is as it was. */
  readonly recoveryLimitMs: number;
  /** Whether everything is as it was before; looked at once restored. */
  recovered(): boolean | Promise<boolean>;
  /** What is not as it was before, for people. */
  unlike(): string | Promise<string>;
}

/** Gets everything ready, so that `inject` takes no time. */
export async function prepareDisturbance(fault: Fault, lab: Lab): Promise<Disturbance> {
  switch (fault.kind) {
    case 'stop-application':
      return stopApplication(fault.host, lab);
    case 'kill-host':
      return killHosts([fault.host], lab);
    case 'kill-site-servers': {
      const site = lab.scenario.sites.find(({ name }) => name === fault.site);
      return killHosts(numbered(`${fault.site}-r`, site?.realServers ?? 0), lab);
    }
    case 'tunnel-down':
      return tunnelDown(fault.host, fault.holdSeconds * 1_000, lab);
    case 'wan-rtt':
      return changeRtt(fault.between, fault.rttMs, lab);
    case 'kill':
    case 'stop':
    case 'cut':
    case 'clock':
    case 'wan-loss':
      return controlDisturbance(fault, fault.downSeconds * 1_000, lab);
    case 'restart-agents':
      return restartAgents(lab);
    case 'apply':
      return applyChange(fault, lab);
  }
}
