// What the coordinator's status says about the lab: is everybody there, has everybody done what was asked.
import type { AgentStatus, Status } from '../domain/status.ts';

/** Of `expected` agents, those that are not connected. */
export function missingAgents(status: Status, expected: readonly string[]): string[] {
  const connected = new Set(status.agents.filter((agent) => agent.connected).map(({ name }) => name));
  return expected.filter((name) => !connected.has(name));
}

/** Agents that have not applied what is wanted of them, each with the reason where they refused it. */
export function behindAgents(status: Status): string[] {
  return status.agents.flatMap((agent) =>
    upToDate(agent) ? [] : [agent.refusal === '' ? agent.name : `${agent.name} (refused: ${agent.refusal})`],
  );
}

export function upToDate({ appliedVersion, wantedVersion, refusal }: AgentStatus): boolean {
  return wantedVersion > 0 && appliedVersion === wantedVersion && refusal === '';
}

/** Round trip that the coordinator believes in, ms; undefined where nobody measured it. */
export function believedRttMs(status: Status, from: string, to: string): number | undefined {
  const entry = status.latency.find((latency) => latency.from === from && latency.to === to);
  return entry === undefined ? undefined : entry.p50Us / 1_000;
}

/** Whether of all other sites `nearest` is believed to be the nearest to `from`; one that nobody measured is far. */
export function isNearest(status: Status, from: string, nearest: string): boolean {
  const rttMs = believedRttMs(status, from, nearest);
  return (
    rttMs !== undefined &&
    status.latency.every((one) => {
      const isOther = one.from === from && one.to !== from && one.to !== nearest;
      return !isOther || one.p50Us / 1_000 > rttMs;
    })
  );
}
