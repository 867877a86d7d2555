/** What a real server must know of its host before it can plan, and what a survey of it says. */
import type { HostSurvey } from '../../src/domain/host-survey.ts';
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';
import type { Host } from '../../src/kernel/host.ts';
import { realServerFacts } from '../../src/plan/real-server-facts.ts';
import type { RealServerFacts } from '../../src/plan/real-server-host.ts';
import { gatewaysIn } from '../shared/gateways.ts';
import { holderOf } from '../shared/own-address.ts';

export interface HostFacts extends RealServerFacts {
  /** Prefix length of the RIP on its link; tells who shares the link. */
  readonly prefixLength: number;
  readonly gateways: readonly string[];
}

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

/** `tunnelMtuBytes`: as directors say. Error `invalid` where no interface has the address. */
export function factsFrom(
  survey: HostSurvey,
  { address, dedicated }: { readonly address: string; readonly dedicated: boolean },
  tunnelMtuBytes?: number,
): HostFacts {
  const { link, prefixLength } = holderOf(survey.addresses, address);
  return {
    ...realServerFacts(survey, address, link, dedicated),
    ...{ prefixLength, gateways: gatewaysIn(survey) },
    ...(tunnelMtuBytes === undefined ? {} : { tunnelMtuBytes }),
  };
}
