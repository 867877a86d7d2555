/** An agent's first words, between the domain and the wire. */
import type { AgentHello } from '../domain/agent-message.ts';
import { agentRoles } from '../domain/role.ts';
import { createWordReader, unsigned } from './convert-words.ts';
import type { Hello__Output, Hello as WireHello } from './gen/causeway/v1/Hello.ts';

export function helloToWire(hello: AgentHello): WireHello {
  const said = { ...hello, gateways: [...(hello.gateways ?? [])] };
  if (said.role === 'director') return said;
  return { ...said, labels: { ...said.labels }, capacity: unsigned(said.capacity) };
}

/** Throws `invalid` for an unknown role. */
export function helloFromWire(wire: Hello__Output): AgentHello {
  const words = createWordReader();
  const role = words.word('role', wire.role, agentRoles);
  words.refuseProblems('read hello of', wire.name);
  const { name, site, address, prefixLength, gateways } = wire;
  const { appliedVersion, appliedChecksum, appliedRevision, programVersion } = wire;
  const where = { name, site, address, prefixLength, ...(gateways.length === 0 ? {} : { gateways }) };
  const applied = {
    appliedVersion,
    appliedChecksum,
    ...(appliedRevision === 0 ? {} : { appliedRevision }),
  };
  const base = { ...where, ...applied, programVersion };
  if (role === 'director') return { role, ...base };
  return { role, ...base, labels: wire.labels, capacity: wire.capacity };
}
