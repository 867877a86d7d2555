/** An agent's first words, between the domain and the wire. */
import type { AgentHello } from '../domain/agent-message.ts';
import { knownWords } from '../domain/member.ts';
import { agentRoles } from '../domain/role.ts';
import { createWordReader, unsigned } from './convert-words.ts';
import type { Hello__Output, Hello as WireHello } from './gen/causeway/v1/Hello.ts';

const sections = 'sections';

export function helloToWire(hello: AgentHello): WireHello {
  const { takesSections = false, appliedChecksum, wholeChecksum = '', capabilities = [] } = hello;
  const checksums = takesSections
    ? { appliedManifest: appliedChecksum, appliedChecksum: wholeChecksum }
    : { appliedChecksum };
  const said = {
    ...hello,
    gateways: [...(hello.gateways ?? [])],
    capabilities: [...(takesSections ? [sections] : []), ...capabilities],
    ...checksums,
  };
  if (said.role === 'director') return { ...said, otherAddresses: [...(said.otherAddresses ?? [])] };
  return { ...said, labels: { ...said.labels }, capacity: unsigned(said.capacity) };
}

/** Throws `invalid` for an unknown role. */
export function helloFromWire(wire: Hello__Output): AgentHello {
  const words = createWordReader();
  const role = words.word('role', wire.role, agentRoles);
  words.refuseProblems('read hello of', wire.name);
  const { name, site, address, prefixLength, gateways } = wire;
  const { appliedVersion, appliedChecksum, appliedRevision, appliedManifest, epoch, programVersion } = wire;
  const capabilities = knownWords(wire.capabilities);
  const where = {
    name,
    site,
    address,
    prefixLength,
    ...(gateways.length === 0 ? {} : { gateways }),
    ...(capabilities.length === 0 ? {} : { capabilities }),
  };
  const applied = {
    appliedVersion,
    ...(wire.capabilities.includes(sections)
      ? { takesSections: true, appliedChecksum: appliedManifest, wholeChecksum: appliedChecksum }
      : { appliedChecksum }),
    ...(epoch === 0 ? {} : { epoch }),
    ...(appliedRevision === 0 ? {} : { appliedRevision }),
  };
  const base = { ...where, ...applied, programVersion };
  const { otherAddresses } = wire;
  if (role === 'director')
    return { role, ...base, ...(otherAddresses.length === 0 ? {} : { otherAddresses }) };
  return { role, ...base, labels: wire.labels, capacity: wire.capacity };
}
