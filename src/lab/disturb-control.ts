// Faults of the control plane: nobody who is being served may notice any of them.
import { behindAgents, missingAgents, upToDate } from './agents-state.ts';
import type { Disturbance } from './disturbance.ts';
import { agentNames, type Lab } from './lab.ts';
import { coordinatorNamespace } from './topology.ts';

const control = {
  gone: [],
  unnoticed: true,
  lookEveryMs: 100,
  noticeLimitMs: 15_000,
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
    recovered: () =>
      lab.admin.status().then(
        (status) => missingAgents(status, agentNames(lab)).length === 0 && behindAgents(status).length === 0,
        () => false,
      ),
  };
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
