/** What a director's report says of its ways, by real server. */
import type { AgentReport } from '../domain/agent-message.ts';
import type { PathState } from '../domain/report.ts';

/** Asked at every plan, and a report never changes. */
const known = new WeakMap<AgentReport, ReadonlyMap<string, PathState>>();

export function pathStates(report: AgentReport): ReadonlyMap<string, PathState> {
  const states =
    known.get(report) ?? new Map(report.paths.map(({ realServer, state }) => [realServer, state]));
  known.set(report, states);
  return states;
}
