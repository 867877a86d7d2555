// Makes a host vanish without a word: no packet leaves it or reaches it, and no carrier or route tells anybody.
import type { Launcher } from './launcher.ts';
import { PreparedBatch } from './prepared-batch.ts';
import { routerOf, type Topology } from './topology.ts';

/** Both ends of the host's link lose everything: a link set down would make its router answer for it at once. */
export async function silence(
  name: string,
  topology: Topology,
  launcher: Launcher,
): Promise<{ begin(): void; end(): Promise<void> }> {
  const host = topology.hosts.find((each) => each.name === name);
  const ends = await Promise.all(
    [
      { namespace: routerOf(host?.site ?? ''), device: name },
      { namespace: name, device: 'eth0' },
    ].map(async ({ namespace, device }) => ({
      device,
      batch: await new PreparedBatch(launcher, 'tc', namespace).ready(),
    })),
  );
  return {
    begin() {
      for (const { batch, device } of ends) batch.write(`qdisc add dev ${device} root netem loss 100%`);
    },
    async end() {
      for (const { batch, device } of ends) batch.write(`qdisc del dev ${device} root`);
      await Promise.all(ends.map(({ batch }) => batch.end()));
    },
  };
}
