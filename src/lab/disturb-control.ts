// Faults of the control plane: nobody who is being served may notice any of them.
import { behindAgents, missingAgents, upToDate } from './agents-state.ts';
import type { Disturbance } from './disturbance.ts';
import { agentNames, atPace, type Lab } from './lab.ts';
import { coordinatorNamespace } from './topology.ts';

/** Emulated, so many programs take half a minute to start together. */
const restartLimitMs = 100_000;
/** As their systemd units say (TimeoutStopSec). */
const stopLimitMs = 10_000;

const control = {
  gone: [],
  unnoticed: true,
  keepsConnections: true,
  // Each look costs the coordinator an answer.
  lookEveryMs: 1_000,
  noticeLimitMs: 15_000,
  recoveryLimitMs: 40_000,
  settled: () => true,
  unlike: () => 'agents are missing or behind',
} as const;

/** Noticed when it no longer answers; over when every agent is back with it and has applied what is wanted. */
export function killCoordinator(downMs: number, lab: Lab): Disturbance {
  return {
    ...control,
    restoreAfterMs: downMs,
    inject: () => lab.processes.kill(coordinatorNamespace),
    noticed: () =>
      lab.admin.status().then(
        () => false,
        () => true,
      ),
    restore: () => lab.processes.restart(coordinatorNamespace),
    recovered: () => everybodyBack(lab),
  };
}

/** Of all sites at once: hosts, tunnels, VIPs and applications are well, so whoever is served goes on being served. */
export function killServerAgents(downMs: number, lab: Lab): Disturbance {
  const names = lab.processes.named(['realserver']);
  return {
    ...control,
    restoreAfterMs: downMs,
    recoveryLimitMs: restartLimitMs,
    async inject() {
      await Promise.all(names.map((name) => lab.processes.kill(name)));
    },
    noticed: async () => missingAgents(await lab.admin.status(), names).length === names.length,
    restore() {
      for (const name of names) lab.processes.restart(name);
    },
    recovered: () => everybodyBack(lab),
  };
}

/** An upgrade in one go: each is asked to end, and begins anew as soon as it has. Noticed when all have begun anew. */
export function restartAgents(lab: Lab): Disturbance {
  const names = lab.processes.named(['coordinator', 'director', 'realserver']);
  let begunAnew = 0;
  const restart = async (name: string): Promise<void> => {
    await lab.processes.terminate(name, atPace(lab, stopLimitMs)());
    lab.processes.restart(name);
    begunAnew += 1;
  };
  return {
    ...control,
    restoreAfterMs: 0,
    recoveryLimitMs: restartLimitMs,
    noticeLimitMs: 2 * stopLimitMs,
    inject() {
      for (const name of names) restart(name);
    },
    noticed: () => begunAnew === names.length,
    restore: () => {},
    recovered: () => everybodyBack(lab),
  };
}

function everybodyBack(lab: Lab): Promise<boolean> {
  return lab.admin.status().then(
    (status) => missingAgents(status, agentNames(lab)).length === 0 && behindAgents(status).length === 0,
    () => false,
  );
}

/** Noticed when the coordinator shows it as gone; over when it is back and has applied what is wanted. */
export function killAgent(host: string, downMs: number, lab: Lab): Disturbance {
  return {
    ...control,
    restoreAfterMs: downMs,
    inject: () => lab.processes.kill(host),
    noticed: async () => missingAgents(await lab.admin.status(), [host]).length > 0,
    restore: () => lab.processes.restart(host),
    recovered: async () => {
      const agent = (await lab.admin.status()).agents.find(({ name }) => name === host);
      return agent?.connected === true && upToDate(agent);
    },
  };
}
