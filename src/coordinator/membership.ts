/** Who takes part: agents register themselves and stay, connected or not, until somebody deletes them. */
import { canonicalJson } from '../api/checksum.ts';
import type { AgentHello } from '../domain/agent-message.ts';
import { CausewayError } from '../domain/error.ts';
import type { Member } from '../domain/member.ts';
import { probeSlotLimit } from '../domain/probe.ts';
import { memberKey, slotKey } from '../store/keys.ts';
import { encodeRecord } from '../store/record.ts';
import type { Write } from '../store/store.ts';
import { askedOfMember } from './intent.ts';
import { chooseProbeSlot } from './probe-slot.ts';
import type { StoreView } from './store-view.ts';

/**
 * What must be written so that this agent is a member; nothing when it is one already, unchanged. The probe slot of
 * a name stays for good. Throws `conflict` when the address is another member's, `refused` when no slot is left.
 */
export function registration(view: StoreView, hello: AgentHello): readonly Write[] {
  refuseTakenAddress(view, hello);
  const { role, name, site, address, prefixLength } = hello;
  const known = view.member(role, name)?.value;
  if (role === 'director') return change(view, known, { role, name, site, address, prefixLength });
  const { labels, capacity } = hello;
  const base = { role, name, site, address, prefixLength, labels, capacity };
  if (known?.role === 'realserver') return change(view, known, { ...base, probeSlot: known.probeSlot });
  const probeSlot = chooseProbeSlot(view.slot);
  if (probeSlot === undefined) throw noSlotLeft(name);
  const owner = encodeRecord({ kind: 'slot', value: { owner: name } });
  return [
    { kind: 'put', key: slotKey(probeSlot), value: owner },
    ...change(view, undefined, { ...base, probeSlot }),
  ];
}

/** What must be written so that it is a member no more; its slot is given back. */
export function deregistration(view: StoreView, member: Member): readonly Write[] {
  const gone: Write[] = [
    { kind: 'delete', key: memberKey(member.role, member.name) },
    ...askedOfMember(view, member),
  ];
  if (member.role === 'director') return gone;
  const free = encodeRecord({ kind: 'slot', value: { owner: '' } });
  return [...gone, { kind: 'put', key: slotKey(member.probeSlot), value: free }];
}

function change(view: StoreView, known: Member | undefined, member: Member): readonly Write[] {
  if (known !== undefined && canonicalJson(known) === canonicalJson(member)) return [];
  const value = encodeRecord({ kind: 'member', value: member });
  const put: Write = { kind: 'put', key: memberKey(member.role, member.name), value };
  // By the configuration on its host, which is somebody's word as well.
  return known === undefined ? [put] : [put, ...askedOfMember(view, member)];
}

/** Two destinations of one address can't be told apart, neither by IPVS nor by a probe. */
function refuseTakenAddress(view: StoreView, { role, name, address }: AgentHello): void {
  const other = view
    .members()
    .find((member) => member.role === role && member.address === address && member.name !== name);
  if (other === undefined) return;
  throw new CausewayError({
    code: 'conflict',
    operation: `register ${role}`,
    subject: name,
    message: `address ${address} is registered for ${other.name}: give this host its own address, or, where ${other.name} is gone, run causeway delete ${role} ${other.name}`,
  });
}

function noSlotLeft(name: string): CausewayError {
  return new CausewayError({
    code: 'refused',
    operation: 'register realserver',
    subject: name,
    message: `all ${probeSlotLimit} probe slots are taken: delete real servers that are gone (causeway delete realserver NAME)`,
  });
}
