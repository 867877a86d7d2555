/** Who takes part: agents register themselves and stay, connected or not, until somebody deletes them. */
import { canonicalJson } from '../../api/checksum.ts';
import type { AgentHello } from '../../domain/agent-message.ts';
import { CausewayError } from '../../domain/error.ts';
import { isCapable, type Member } from '../../domain/member.ts';
import { firstSlots, probeSlotLimit } from '../../domain/probe.ts';
import { resourceId } from '../../domain/resource.ts';
import type { ReturnPathRecord } from '../../domain/return-path.ts';
import { memberId } from '../../domain/role.ts';
import { isNetwork, shareAddress } from '../../domain/vip-network.ts';
import { firstReturnPath } from '../../plan/return-paths.ts';
import { memberKey, returnPathKey, slotKey } from '../../store/keys.ts';
import { encodeRecord } from '../../store/record.ts';
import type { Write } from '../../store/store.ts';
import { askedOfMember } from './intent.ts';
import type { StoreView } from './store-view.ts';

/**
 * What must be written so that this agent is a member; nothing when it is one already, unchanged. The probe slot of
 * a name stays for good. Throws `conflict` when the address is another member's, `refused` when no slot is left.
 */
export function registration(view: StoreView, hello: AgentHello): readonly Write[] {
  refuseTakenAddress(view, hello);
  const { role, name, site, address, prefixLength, gateways, capabilities } = hello;
  const told = {
    ...(gateways === undefined ? {} : { gateways }),
    ...(capabilities === undefined ? {} : { capabilities }),
  };
  const where = { name, site, address, prefixLength, ...told };
  const known = view.member(role, name)?.value;
  if (role === 'director') {
    const { otherAddresses } = hello;
    const others = otherAddresses === undefined ? {} : { otherAddresses };
    return change(view, known, { role, ...where, ...others });
  }
  const { labels, capacity } = hello;
  const base = { role, ...where, labels, capacity };
  if (known?.role === 'realserver') return change(view, known, { ...base, probeSlot: known.probeSlot });
  const probeSlot = view.probeSlotFor(name);
  if (probeSlot === undefined) throw noSlotLeft(name);
  if (probeSlot > firstSlots) refuseOldDirectors(view, name);
  const owner = encodeRecord({ kind: 'slot', value: { owner: name } });
  const directors = view.members().filter((one) => one.role === 'director');
  const first = firstReturnPath(hello, directors, view.coordinators());
  return [
    { kind: 'put', key: slotKey(probeSlot), value: owner },
    ...(first === undefined ? [] : [returnPathWrite(first)]),
    ...change(view, undefined, { ...base, probeSlot }),
  ];
}

export function returnPathWrite(record: ReturnPathRecord): Write {
  const value = encodeRecord({ kind: 'return-path', value: record });
  return { kind: 'put', key: returnPathKey(record.realServer), value };
}

/** What must be written so that it is a member no more; its slot is given back. */
export function deregistration(view: StoreView, member: Member): readonly Write[] {
  const gone: Write[] = [
    { kind: 'delete', key: memberKey(member.role, member.name) },
    ...askedOfMember(view, member),
  ];
  if (member.role === 'director') return gone;
  const free = encodeRecord({ kind: 'slot', value: { owner: '' } });
  if (view.modRevision(returnPathKey(member.name)) > 0)
    gone.push({ kind: 'delete', key: returnPathKey(member.name) });
  return [...gone, { kind: 'put', key: slotKey(member.probeSlot), value: free }];
}

function change(view: StoreView, known: Member | undefined, member: Member): readonly Write[] {
  if (known !== undefined && canonicalJson(known) === canonicalJson(member)) return [];
  const value = encodeRecord({ kind: 'member', value: member });
  const put: Write = { kind: 'put', key: memberKey(member.role, member.name), value };
  // By the configuration on its host, which is somebody's word as well; another router, or another version, is not.
  const isMoved = known !== undefined && settings(known) !== settings(member);
  return isMoved ? [put, ...askedOfMember(view, member)] : [put];
}

function settings({ gateways: _, capabilities: __, ...member }: Member): string {
  // Whoever has another address beside his own is the same host.
  return canonicalJson({ ...member, otherAddresses: [] });
}

/**
 * Two hosts of one address can't be told apart, neither by IPVS nor by a probe; and a director that sent to its own address, or to
 * a VIP, would send to itself.
 */
function refuseTakenAddress(view: StoreView, { role, name, address }: AgentHello): void {
  const conflict = (message: string): CausewayError =>
    new CausewayError({ code: 'conflict', operation: `register ${role}`, subject: name, message });
  const other = view.membersAt(address).find((member) => member.role !== role || member.name !== name);
  if (other !== undefined) {
    throw conflict(
      `address ${address} is registered for ${memberId(other.role, other.name)}: give this host its own address, or, where ${other.name} is gone, run causeway delete ${other.role} ${other.name}`,
    );
  }
  const service = view
    .resources()
    .find((resource) => resource.kind === 'Service' && resource.vips.some((vip) => isOf(vip, address)));
  if (service === undefined) return;
  throw conflict(
    `address ${address} is a VIP of ${resourceId(service)}: give this host its own address (--address)`,
  );
}

function isOf(vip: string, address: string): boolean {
  return vip === address || (isNetwork(vip) && shareAddress(vip, address));
}

/** They would take its probe services for somebody else's. */
function refuseOldDirectors(view: StoreView, name: string): void {
  const old = view.members().find((member) => member.role === 'director' && !isCapable(member, 'many-slots'));
  if (old === undefined) return;
  throw new CausewayError({
    code: 'refused',
    operation: 'register realserver',
    subject: name,
    message: `it would be more than ${firstSlots} real servers, which the version of director ${old.name} can't probe: upgrade the directors first`,
  });
}

function noSlotLeft(name: string): CausewayError {
  return new CausewayError({
    code: 'refused',
    operation: 'register realserver',
    subject: name,
    message: `all ${probeSlotLimit} probe slots are taken, and a fleet can have no more real servers: delete real servers that are gone (causeway delete realserver NAME)`,
  });
}
