/** How what is known of each VIP of a real server becomes one path and one verdict a service. Pure. */
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { PathState } from '../../src/domain/report.ts';
import type { ServicePort } from '../../src/domain/resource.ts';
import type { PortVerdict } from '../../src/probe/datagram.ts';

/**
 * A real server is up where any of its VIPs answers: its host, tunnel and way back live. Down outranks unknown, which
 * outranks gone: a VIP that is new on a dead host keeps nobody waiting, and deletes nothing.
 */
const byRank: readonly PathState[] = ['up', 'down', 'unknown', 'gone'];

export function combinePaths(states: readonly PathState[]): PathState {
  return byRank.find((state) => states.includes(state)) ?? 'unknown';
}

/** The agent's word on each port, but where nobody serves it: `isDead` takes the port that the real server listens on. */
export function verdictOfPorts(
  verdicts: readonly PortVerdict[],
  ports: readonly ServicePort[],
  isDead: (port: number) => boolean,
): AppVerdict {
  return combineVerdicts(
    ports.map(({ port, targetPort, protocol }) => {
      if (protocol === 'tcp' && isDead(targetPort)) return 'unhealthy';
      return (
        verdicts.find((other) => other.port === port && other.protocol === protocol)?.verdict ?? 'unknown'
      );
    }),
  );
}

/** The worst: a destination is used for all VIPs and ports of its service, or for none. */
export function combineVerdicts(verdicts: readonly AppVerdict[]): AppVerdict {
  if (verdicts.includes('unhealthy')) return 'unhealthy';
  return verdicts.length === 0 || verdicts.includes('unknown') ? 'unknown' : 'healthy';
}
