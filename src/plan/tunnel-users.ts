/**
 * Who else on this host uses the tunnels that ours share a protocol with. The kernel gives a packet to the device that fits it best
 * (ip_tunnel_lookup): both ends, the far end, the near end, then the one `external` device, then one without ends. Ours for all directors
 * is bound to the near end, or `external`. So most tunnels live beside ours; one without ends (Calico's tunl0, say) would lose its packets
 * to one of ours for all directors, and one bound to our address would take ours: beside those each director has a device of its own, with
 * both ends.
 */
import type { HostTrouble } from '../domain/finding.ts';
import type { HostState } from '../domain/host-state.ts';
import type { SurveyedLink } from '../domain/host-survey.ts';
import { factsOf, isOwnDeviceName, linkTypeNames } from '../domain/tunnel.ts';

export interface TunnelUser {
  /** RIP. */
  readonly address: string;
  /** Addresses of the directors that tunnel to it. */
  readonly directors: readonly string[];
}

/**
 * Kinds of others' tunnels with which a device of ours for all directors cannot live: they have no far end, so that ours takes their packets, or
 * they take ours. One device of ours for each director, bound to both ends, lives with all of them.
 */
export function openTunnels(present: readonly SurveyedLink[], address: string): string[] {
  const kinds = new Set<string | undefined>(linkTypeNames.flatMap((type) => factsOf(type).rivals));
  const open = present.filter(
    ({ name, kind, up, local, remote, external }) =>
      up &&
      kinds.has(kind) &&
      !isOwnDeviceName(name) &&
      (external === true || (remote === undefined && (local === undefined || local === address))),
  );
  return [...new Set(open.flatMap(({ kind }) => kind ?? []))].toSorted();
}

/** Why the host can't be `desired`, or does not work as it is; undefined: nothing stands in the way. A device that is down harms nobody. */
export function rivalTunnels(
  desired: Pick<HostState, 'links'>,
  present: readonly SurveyedLink[],
  made: Pick<HostState, 'links'>,
  user: TunnelUser,
): HostTrouble | undefined {
  const ours = new Set([...desired.links, ...made.links].map(({ name }) => name));
  const isBeside = desired.links.some(({ remote }) => remote !== undefined);
  const kinds = new Set(desired.links.flatMap(({ type }) => factsOf(type).rivals));
  const others = present.filter(
    ({ name, kind, up }) => up && kind !== undefined && kinds.has(kind) && !ours.has(name),
  );
  const isRoomTaken = ({ kind = '', external }: SurveyedLink) =>
    external === true &&
    desired.links.some((own) => own.external && factsOf(own.type).rivals.some((rival) => rival === kind));
  const taking = others.filter((link) =>
    isBeside ? isTheSame(link, user) : isRoomTaken(link) || takesOurs(link, user),
  );
  const [taker] = taking;
  if (taker === undefined) return undefined;
  return {
    id: 'tunnel-rival',
    what: `another tunnel on this host takes what directors send to ${user.address}: ${named(taking)}`,
    remedy: `. Set it down (ip link set ${taker.name} down), give it another address, or choose another tunnel type for the site`,
  };
}

/** The kernel has room for one device of these ends, and prefers one that is bound to more of them. */
function takesOurs({ local, remote, external }: SurveyedLink, { address, directors }: TunnelUser): boolean {
  if (external === true) return false;
  if (local !== undefined && local !== address) return false;
  return remote === undefined ? local === address : directors.includes(remote);
}

/** The kernel has room for one of these ends. */
function isTheSame({ local, remote }: SurveyedLink, { address, directors }: TunnelUser): boolean {
  return local === address && remote !== undefined && directors.includes(remote);
}

function named(links: readonly SurveyedLink[]): string {
  return links
    .map(({ name, kind, remote }) => `${name} (${kind}${remote === undefined ? '' : ` to ${remote}`})`)
    .join(', ');
}
