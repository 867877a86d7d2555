/** Who can't take part, whatever was stored of him: no packet could be sent to his address, or it is somebody else's. */
import type { DirectorMember, Member, RealServerMember } from '../domain/member.ts';
import { resourceId, type Service } from '../domain/resource.ts';
import { roles } from '../domain/role.ts';
import { canonicalUnicast } from '../domain/vip.ts';
import { isNetwork, networkLookup } from '../domain/vip-network.ts';
import type { LeftOut, World } from '../domain/world.ts';
import { compareText } from './order.ts';
import { remembered } from './remembered.ts';

type Taking = Pick<World, 'directors' | 'realServers'> & { readonly leftOut: readonly LeftOut[] };

/**
 * Directors come before real servers, and the first by name before the others, where several have one address. One that is left
 * out harms itself alone: a table with a destination that the kernel refuses would be refused whole.
 */
export function takingPart(members: readonly Member[], services: readonly Service[]): Taking {
  const vips = vipsOf(services);
  const holders = new Map<string, Member>();
  for (const member of members) {
    const before = holders.get(member.address);
    if (before === undefined || comesBefore(member, before)) holders.set(member.address, member);
  }
  const leftOut: LeftOut[] = [];
  const isLeftOut = (member: Member): boolean => {
    const reason = reasonAgainst(member, vips, holders);
    if (reason !== undefined) leftOut.push({ member, reason });
    return reason !== undefined;
  };
  const directors: DirectorMember[] = [];
  const realServers: RealServerMember[] = [];
  for (const member of members) {
    if (isLeftOut(member)) continue;
    if (member.role === 'director') directors.push(member);
    else realServers.push(member);
  }
  return { directors, realServers, leftOut };
}

/** Each with its service. */
interface Vips {
  readonly addresses: ReadonlyMap<string, string>;
  readonly networkOf: (address: string) => string | undefined;
}

function vipsOf(services: readonly Service[]): Vips {
  const all = services.flatMap((service) => service.vips.map((vip) => [vip, resourceId(service)] as const));
  return { addresses: new Map(all), networkOf: networkLookup(all.filter(([vip]) => isNetwork(vip))) };
}

const isReachable = remembered(({ address }: Member) => canonicalUnicast(address) === address);

function comesBefore(a: Member, b: Member): boolean {
  return (a.role === b.role ? compareText(a.name, b.name) : compareText(a.role, b.role)) < 0;
}

function reasonAgainst(
  member: Member,
  { addresses, networkOf }: Vips,
  holders: ReadonlyMap<string, Member>,
): string | undefined {
  const { address } = member;
  if (!isReachable(member)) return `no host can be reached at its address ${address}`;
  const service = addresses.get(address) ?? networkOf(address);
  if (service !== undefined) return `its address ${address} is a VIP of ${service}`;
  const holder = holders.get(address);
  if (holder === undefined || holder === member) return undefined;
  return `its address ${address} is that of ${roles[holder.role].title} ${holder.name}`;
}
