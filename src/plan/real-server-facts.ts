/** What a survey of a real server's host says to its plan. Pure. */
import { familyOf } from '../domain/address.ts';
import type { HostSurvey } from '../domain/host-survey.ts';
import type { RealServerFacts } from './real-server-host.ts';
import { openTunnels } from './tunnel-users.ts';

/** Where the kernel does not say otherwise: Ethernet's. */
const usualMtuBytes = 1_500;

/** `link`: the device that holds the RIP. `dedicated`: nobody else's tunnels are spared. */
export function realServerFacts(
  survey: HostSurvey,
  address: string,
  link: string,
  dedicated = false,
): RealServerFacts {
  const leavesElsewhere = (way: { readonly link: string; readonly isLocal: boolean } | undefined) =>
    way !== undefined && !way.isLocal && way.link !== link;
  return {
    address,
    link,
    mtuBytes: survey.links.find(({ name }) => name === link)?.mtu ?? usualMtuBytes,
    networks: survey.addresses.filter((one) => isNetwork(one) && !isOurs(one.link)),
    isStrict: survey.strict.has(link),
    elsewhere: [...survey.ways].filter(([, way]) => leavesElsewhere(way)).map(([to]) => to),
    clientsElsewhere: leavesElsewhere(survey.clients[familyOf(address)]),
    ipv6: survey.ipv6,
    ...besides(dedicated ? [] : openTunnels(survey.links, address)),
  };
}

function besides(kinds: readonly string[]): Pick<RealServerFacts, 'openTunnels'> {
  return kinds.length === 0 ? {} : { openTunnels: kinds };
}

function isNetwork({ address, prefixLength, link }: HostSurvey['addresses'][number]): boolean {
  return familyOf(address) === 'ipv4' && prefixLength < 32 && link !== 'lo';
}

function isOurs(link: string): boolean {
  return link.startsWith('cw-');
}
