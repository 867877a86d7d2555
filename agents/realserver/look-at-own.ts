/** What a real server's agent finds on its own host, by the doctor's rules. */
import type { Finding } from '../../src/domain/finding.ts';
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';
import { ownFindings } from '../../src/plan/doctor/own-host.ts';
import { questionFor, type RealServerSubject } from '../../src/plan/doctor/subject.ts';
import type { AgentParts } from '../shared/agent.ts';

/** `snapshot`: in force; undefined: none. `told`: by directors. Undefined where the host is not examined. */
export async function lookAtOwn(
  { examine, config }: Pick<AgentParts<'realserver'>, 'examine' | 'config'>,
  snapshot: RealServerSnapshot | undefined,
  told: Pick<RealServerSubject, 'tunnelMtuBytes'>,
): Promise<readonly Finding[] | undefined> {
  const { address, dedicated } = config;
  const subject: RealServerSubject = {
    role: 'realserver',
    address,
    dedicated,
    snapshot: { value: snapshot },
    ...(told.tunnelMtuBytes === undefined ? {} : { tunnelMtuBytes: told.tunnelMtuBytes }),
  };
  const seen = await examine?.((links) => questionFor(subject, links));
  return seen && ownFindings(subject, seen);
}
