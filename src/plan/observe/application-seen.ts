/** What directors have found of an application whose own agent does not tell: by its last answer, or by knocking. */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { AppVerdict } from '../../domain/probe.ts';
import { failingDestinations, pathsByName, wellDestinations } from './path-states.ts';

/** Well where one that reaches it says so, failing where others do; `asksIfWell`: it matters though none says that it fails. */
export function applicationSeen(
  reports: readonly AgentReport[],
  service: string,
  realServer: string,
  asksIfWell: boolean,
): AppVerdict {
  const destination = `${service} ${realServer}`;
  const isFailing = (): boolean => reports.some((report) => failingDestinations(report).has(destination));
  if (!asksIfWell && !isFailing()) return 'unknown';
  // Mostly the first that is asked settles it.
  const isWell = reports.some(
    (report) =>
      wellDestinations(report).has(destination) && pathsByName(report).get(realServer)?.state === 'up',
  );
  if (isWell) return 'healthy';
  return isFailing() ? 'unhealthy' : 'unknown';
}
