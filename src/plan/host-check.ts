/** What is amiss on a director's host as well as on a real server's. Pure. */
import type { HostTrouble } from '../domain/finding.ts';
import type { HostSurvey, SurveyedLink } from '../domain/host-survey.ts';
import { named } from '../domain/named.ts';
import { ofFamily } from './vips.ts';

/** Tunnels, VIPs and policy rules stand in the main routing domain: what comes in by a VRF never meets them. */
export function vrfTrouble(link: string, address: string, links: readonly SurveyedLink[]): HostTrouble[] {
  const master = links.find(({ name }) => name === link)?.master;
  const above = links.find(({ name }) => name === master);
  if (above?.kind !== 'vrf') return [];
  return [
    {
      id: 'vrf',
      what: `${address} stands on ${link}, which belongs to the VRF ${above.name}`,
      remedy:
        ': Causeway works outside of VRFs alone, and packets of clients ' +
        `are lost there; take the device out of it (ip link set ${link} nomaster), or give Causeway an address on another`,
    },
  ];
}

/** VIPs for which the host lacks the protocol. */
export function ipv6Trouble(vips: readonly string[], ipv6: HostSurvey['ipv6']): HostTrouble[] {
  const lost = ipv6 === 'off' ? ofFamily(vips, 'ipv6') : [];
  if (lost.length === 0) return [];
  return [
    {
      id: 'ipv6',
      what: `${named(lost)} cannot be served: IPv6 is off on this host`,
      remedy:
        '; switch it on (sysctl net.ipv6.conf.all.disable_ipv6=0), or take the address out of the service',
      mend: 'sysctl -w net.ipv6.conf.all.disable_ipv6=0',
    },
  ];
}
