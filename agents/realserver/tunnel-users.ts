/**
 * Who else on this host uses the tunnels that we would take over. An `external` device takes all packets of its kind, also
 * those meant for somebody's own tunnel (Calico's tunl0, say), and what it takes it drops.
 */
import type { HostState } from '../../src/domain/host-state.ts';
import { factsOf } from '../../src/domain/tunnel.ts';

/** A device of this network namespace. */
export interface PresentLink {
  readonly name: string;
  /** Driver's name; undefined for hardware and lo. */
  readonly kind: string | undefined;
  readonly up: boolean;
}

/** Why the host can't be `desired` unless it is dedicated to Causeway, or undefined. A device that is down harms nobody. */
export function rivalTunnels(
  desired: Pick<HostState, 'links'>,
  present: readonly PresentLink[],
  made: Pick<HostState, 'links'>,
): string | undefined {
  const ours = new Set([...desired.links, ...made.links].map(({ name }) => name));
  const kinds = new Set(desired.links.flatMap(({ type }) => factsOf(type).rivals));
  const found = present.filter(
    ({ name, kind, up }) => up && kind !== undefined && kinds.has(kind) && !ours.has(name),
  );
  if (found.length === 0) return undefined;
  const names = found.map(({ name, kind }) => `${name} (${kind})`).join(', ');
  return (
    `another tunnel is in use on this host: ${names}. Causeway's device would take its packets. Set it down if nobody ` +
    'needs it, choose another tunnel type for the site, or set dedicated: true (--dedicated) if this host is for Causeway'
  );
}
