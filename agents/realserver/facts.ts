/** What a real server must know of its host before it can plan, and what a survey of it says. */
import { familyOf } from '../../src/domain/address.ts';
import type { HostSurvey } from '../../src/domain/host-survey.ts';
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';
import type { Host } from '../../src/kernel/host.ts';
import type { RealServerFacts } from '../../src/plan/real-server-host.ts';
import { gatewaysIn } from '../shared/gateways.ts';
import { holderOf } from '../shared/own-address.ts';

export interface HostFacts extends RealServerFacts {
  /** Prefix length of the RIP on its link; tells who shares the link. */
  readonly prefixLength: number;
  readonly gateways: readonly string[];
}

/** Where the kernel does not say otherwise: Ethernet's. */
const usualMtuBytes = 1_500;
/** The ways back to so many directors are looked at: a host has few ways, and many directors stand behind each. */
const directorsAsked = 64;

/** Surveys the host for the directors of this snapshot. Errors: those of the host. */
export async function surveyFor(
  host: Pick<Host, 'interfaceAddresses' | 'survey'>,
  address: string,
  snapshot: Pick<RealServerSnapshot, 'directors'> | undefined,
): Promise<HostSurvey> {
  const { link } = holderOf(await host.interfaceAddresses(), address);
  const asked = (snapshot?.directors ?? []).slice(0, directorsAsked);
  return await host.survey({ ways: asked.map((one) => ({ to: one.address })), filtersOf: [link] });
}

/** Error `invalid` where no interface has the address. */
export function factsFrom(survey: HostSurvey, address: string): HostFacts {
  const { link, prefixLength } = holderOf(survey.addresses, address);
  const leavesElsewhere = (way: { readonly link: string; readonly isLocal: boolean } | undefined) =>
    way !== undefined && !way.isLocal && way.link !== link;
  const clients = survey.clients[familyOf(address)];
  return {
    address,
    prefixLength,
    link,
    mtuBytes: survey.links.find(({ name }) => name === link)?.mtu ?? usualMtuBytes,
    networks: survey.addresses.filter((one) => isNetwork(one) && !isOurs(one.link)),
    isStrict: survey.strict.has(link),
    elsewhere: [...survey.ways].filter(([, way]) => leavesElsewhere(way)).map(([to]) => to),
    clientsElsewhere: leavesElsewhere(clients),
    ipv6: survey.ipv6,
    gateways: gatewaysIn(survey),
  };
}

function isNetwork({ address, prefixLength, link }: HostSurvey['addresses'][number]): boolean {
  return familyOf(address) === 'ipv4' && prefixLength < 32 && link !== 'lo';
}

function isOurs(link: string): boolean {
  return link.startsWith('cw-');
}
