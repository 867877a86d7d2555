// A member of the lab's etcd: how it is called, and where it is reached.
import type { Host } from './topology.ts';

type Member = Pick<Host, 'name' | 'address'>;

const clientPort = 2379;
const peerPort = 2380;
/**
 * By default 100 and 1000 ms, for a longest round trip of as much. A member that waits for an emulated processor answers later than one
 * of another continent.
 */
const heartbeatMs = 300;
const electionMs = 3_000;

/** As a coordinator's configuration names them. */
export function etcdEndpoints(members: readonly Member[]): string[] {
  return members.map(({ address }) => clientUrl(address));
}

/** Its log tells warnings alone. */
export function etcdArguments(
  { name, address }: Member,
  members: readonly Member[],
  folder: string,
): string[] {
  const initial = members.map((member) => `${member.name}=${peerUrl(member.address)}`).join(',');
  return [
    ...['--name', name, '--data-dir', folder, '--logger', 'zap', '--log-level', 'warn'],
    ...['--listen-client-urls', clientUrl(address), '--advertise-client-urls', clientUrl(address)],
    ...['--listen-peer-urls', peerUrl(address), '--initial-advertise-peer-urls', peerUrl(address)],
    ...['--initial-cluster', initial, '--initial-cluster-state', 'new'],
    ...['--heartbeat-interval', String(heartbeatMs), '--election-timeout', String(electionMs)],
  ];
}

function clientUrl(address: string): string {
  return `http://${address}:${clientPort}`;
}

function peerUrl(address: string): string {
  return `http://${address}:${peerPort}`;
}
