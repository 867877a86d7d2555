/** The routers by which a host's packets leave, for the coordinator: a VIP that is one of them would cut the host off. */
import type { HostSurvey } from '../../src/domain/host-survey.ts';

/** As many as a hello may name. */
const gatewaysAtMost = 8;

export function gatewaysIn({ clients, ways }: Pick<HostSurvey, 'clients' | 'ways'>): string[] {
  const found = [clients.ipv4, clients.ipv6, ...ways.values()].flatMap((way) =>
    way?.gateway === undefined ? [] : [way.gateway],
  );
  return [...new Set(found)].slice(0, gatewaysAtMost);
}
