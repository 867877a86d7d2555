/** What the agents write on a host that has nothing of theirs yet, as lines. */
import { describeHostOperation, emptyHostState } from '../../src/domain/host-state.ts';
import type { DirectorSnapshot, RealServerSnapshot } from '../../src/domain/snapshot.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { directorTable, type HealthView } from '../../src/plan/director-table.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { diffIpvs } from '../../src/plan/ipvs-diff.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';
import { type RealServerFacts, realServerHost } from '../../src/plan/real-server-host.ts';

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

/** A host with one link, of which there is nothing odd to say. */
export function plainFacts(address: string): RealServerFacts {
  return {
    address,
    link: 'eth0',
    mtuBytes: 1_500,
    networks: address.includes(':') ? [] : [{ link: 'eth0', address, prefixLength: 24 }],
    isStrict: false,
    elsewhere: [],
    clientsElsewhere: false,
    ipv6: 'on',
  };
}

export function realServerWrites(snapshot: RealServerSnapshot): string[] {
  const host = realServerHost(snapshot, plainFacts('10.1.0.11'));
  return diffHost(host, emptyHostState, emptyHostState).map(describeHostOperation).map(line);
}
