/** What a director's agent finds on its own host, by the doctor's rules. */
import type { Finding } from '../../src/domain/finding.ts';
import type { PathState } from '../../src/domain/report.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { ownFindings } from '../../src/plan/doctor/own-host.ts';
import { type DirectorSubject, questionFor } from '../../src/plan/doctor/subject.ts';
import type { AgentParts } from '../shared/agent.ts';

/** `snapshot`: in force; undefined: none. `path`: of a real server. Undefined where the host is not examined. */
export async function lookAtOwn(
  { examine, config }: Pick<AgentParts<'director'>, 'examine' | 'config'>,
  snapshot: DirectorSnapshot | undefined,
  path: (realServer: string) => PathState,
): Promise<readonly Finding[] | undefined> {
  const { address } = config;
  const subject: DirectorSubject = { role: 'director', address, snapshot: { value: snapshot } };
  const seen = await examine?.((links) => questionFor(subject, links));
  const paths = (snapshot?.realServers ?? []).map(({ name }) => ({ realServer: name, state: path(name) }));
  return seen && ownFindings(subject, seen, paths);
}
