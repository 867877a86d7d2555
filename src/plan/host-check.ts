/** What is amiss on a director's host as well as on a real server's. Pure. */
import type { SurveyedLink } from '../domain/host-survey.ts';

/** Tunnels, VIPs and policy rules stand in the main routing domain: what comes in by a VRF never meets them. */
export function vrfTrouble(link: string, address: string, links: readonly SurveyedLink[]): string[] {
  const master = links.find(({ name }) => name === link)?.master;
  const above = links.find(({ name }) => name === master);
  if (above?.kind !== 'vrf') return [];
  return [
    `${address} stands on ${link}, which belongs to the VRF ${above.name}: Causeway works outside of VRFs alone, and packets of clients ` +
      `are lost there; take the device out of it (ip link set ${link} nomaster), or give Causeway an address on another`,
  ];
}
