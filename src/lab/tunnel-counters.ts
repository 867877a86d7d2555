// What came in by the real servers' tunnel devices: proof that each type of tunnel carried traffic.
import * as z from 'zod';
import { factsOf, linkTypeNames } from '../domain/tunnel.ts';
import type { TunnelDevice } from './lab-report.ts';
import type { Launcher } from './launcher.ts';
import type { Topology } from './topology.ts';

const linkList = z.array(
  z.object({
    ifname: z.string(),
    linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
    stats64: z.object({ rx: z.object({ packets: z.number() }) }).optional(),
  }),
);
const tunnelKinds: readonly string[] = linkTypeNames.filter((type) => factsOf(type).protocols.length > 0);

export async function readTunnelCounters({ hosts }: Topology, launcher: Launcher): Promise<TunnelDevice[]> {
  const servers = hosts.filter(({ role }) => role === 'realserver').map(({ name }) => name);
  return (await Promise.all(servers.map((name) => tunnelsOf(name, launcher)))).flat();
}

async function tunnelsOf(host: string, launcher: Launcher): Promise<TunnelDevice[]> {
  return tunnelDevices(host, await launcher.run(['ip', '-n', host, '-s', '-d', '-j', 'link', 'show']));
}

/** Of `ip -s -d -j link show`'s output. */
export function tunnelDevices(host: string, json: string): TunnelDevice[] {
  return linkList.parse(JSON.parse(json)).flatMap(({ ifname, linkinfo, stats64 }) => {
    const type = linkinfo?.info_kind ?? '';
    return tunnelKinds.includes(type)
      ? [{ host, device: ifname, type, rxPackets: stats64?.rx.packets ?? 0 }]
      : [];
  });
}
