/** What the agents write on a host that has nothing of theirs yet, as lines. */
import { describeHostOperation, emptyHostState } from '../../src/domain/host-state.ts';
import type { DirectorSnapshot, RealServerSnapshot } from '../../src/domain/snapshot.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { directorTable, type HealthView } from '../../src/plan/director-table.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { diffIpvs } from '../../src/plan/ipvs-diff.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';
import { realServerHost } from '../../src/plan/real-server-host.ts';

/** The value before is the host's own. */
function line(text: string): string {
  return text.replace(/ \(was .*\)$/, '');
}

export function directorWrites(snapshot: DirectorSnapshot): string[] {
  const healthy: HealthView = { path: () => 'up', application: () => 'healthy' };
  return [
    ...diffHost(directorHost(snapshot), emptyHostState, emptyHostState).map(describeHostOperation).map(line),
    ...diffIpvs(directorTable(snapshot, healthy, []), [], () => true).map(describeIpvsOperation),
  ];
}

export function realServerWrites(snapshot: RealServerSnapshot): string[] {
  const facts = { address: '10.1.0.11', link: 'eth0', mtuBytes: 1_500, gatewayV4: '10.1.0.1' };
  const host = realServerHost(snapshot, facts);
  return diffHost(host, emptyHostState, emptyHostState).map(describeHostOperation).map(line);
}
