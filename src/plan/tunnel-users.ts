/**
 * Who else on this host uses the tunnels that ours share a protocol with. The kernel gives a packet to the device that fits it best
 * (ip_tunnel_lookup): both ends, the far end, the near end, then the one `external` device, then one without ends. So most tunnels
 * live beside ours; one without ends (Calico's tunl0, say) loses its packets to ours, and one bound to our address takes ours.
 */
import type { HostTrouble } from '../domain/finding.ts';
import type { HostState } from '../domain/host-state.ts';
import type { SurveyedLink } from '../domain/host-survey.ts';
import { factsOf } from '../domain/tunnel.ts';

export interface TunnelUser {
  /** RIP. */
  readonly address: string;
  /** Addresses of the directors that tunnel to it. */
  readonly directors: readonly string[];
  /** The host is for Causeway alone: who has no ends may lose his packets. */
  readonly dedicated: boolean;
}

/** Why the host can't be `desired`, or does not work as it is; undefined: nothing stands in the way. A device that is down harms nobody. */
export function rivalTunnels(
  desired: Pick<HostState, 'links'>,
  present: readonly SurveyedLink[],
  made: Pick<HostState, 'links'>,
  user: TunnelUser,
): HostTrouble | undefined {
  const ours = new Set([...desired.links, ...made.links].map(({ name }) => name));
  const kinds = new Set(desired.links.flatMap(({ type }) => factsOf(type).rivals));
  const others = present.filter(
    ({ name, kind, up }) => up && kind !== undefined && kinds.has(kind) && !ours.has(name),
  );
  const taking = others.filter((link) => takesOurs(link, user));
  const [taker] = taking;
  if (taker !== undefined)
    return {
      id: 'tunnel-rival',
      what: `another tunnel on this host takes what directors send to ${user.address}: ${named(taking)}`,
      remedy: `. Set it down (ip link set ${taker.name} down), give it another address, or choose another tunnel type for the site`,
    };
  const robbed = user.dedicated
    ? []
    : others.filter(({ local, remote }) => local === undefined && remote === undefined);
  if (robbed.length === 0) return undefined;
  return {
    id: 'tunnel-rival',
    what: `another tunnel is in use on this host: ${named(robbed)}. Causeway's device would take its packets`,
    remedy:
      '. Set it down if nobody ' +
      'needs it, choose another tunnel type for the site, or set dedicated: true (--dedicated) if this host is for Causeway',
  };
}

/** The kernel has room for one `external` device of a kind, and prefers one that is bound to an end. */
function takesOurs({ local, remote, external }: SurveyedLink, { address, directors }: TunnelUser): boolean {
  if (external === true) return true;
  if (local !== undefined && local !== address) return false;
  return remote === undefined ? local === address : directors.includes(remote);
}

function named(links: readonly SurveyedLink[]): string {
  return links
    .map(({ name, kind, remote }) => `${name} (${kind}${remote === undefined ? '' : ` to ${remote}`})`)
    .join(', ');
}
