/** Mistakes of a Service or a Site that no single value shows: doubles, and settings that exclude each other. */

import { probePort } from '../domain/probe.ts';
import type { ServicePort } from '../domain/resource.ts';
import { isRange, overlap, rangedProtocols, spanText } from '../domain/service-port.ts';
import { portText } from '../domain/snapshot.ts';
import { bearsPort, defaultTunnelType, tunnelTypeNames } from '../domain/tunnel.ts';
import { canonicalVip, isNetwork, shareAddress } from '../domain/vip-network.ts';
import { healthIncoherences } from './health-coherence.ts';
import { type Incoherence, isMapping } from './incoherence.ts';
import { parsePort } from './port-text.ts';
import { tuningIncoherences } from './tuning-coherence.ts';

/** Looks only at what is well-formed by itself, so that one mistake does not hide another. */
export function incoherences(spec: unknown): Incoherence[] {
  if (!isMapping(spec)) return [];
  const ports = wellFormed(spec.ports, parsePort);
  const vips = wellFormed(spec.vips, canonicalVip);
  const hasNetwork = vips.some(({ value }) => isNetwork(value));
  return [
    ...doubles('vips', vips, (vip) => vip, 'each address once'),
    ...within(vips),
    ...doubles('ports', ports, ({ port, protocol }) => `${port}/${protocol}`, 'each port once'),
    ...doubles(
      'sites',
      wellFormed(spec.sites, (site) => site),
      (site) => site,
      'each site once',
    ),
    ...overlapping(ports),
    ...remapped(ports, spec.forwarding, hasNetwork),
    ...tuningIncoherences(spec, ports),
    ...ports
      .filter(({ value }) => overlap(value, { protocol: 'udp', port: probePort }))
      .map(({ index, value }) => ({
        path: ['spec', 'ports', index],
        found: JSON.stringify(portText(value)),
        expected: `${isRange(value) ? 'two ranges around' : 'another port:'} ${probePort}/udp${isRange(value) ? ', which' : ''} of every VIP carries Causeway's own probes`,
      })),
    ...healthIncoherences(
      spec.health,
      ports.map(({ value }) => value),
      hasNetwork,
    ),
  ];
}

/** Under other types packets bear neither. */
export function siteIncoherences(spec: unknown): Incoherence[] {
  const tunnel = isMapping(spec) ? spec.tunnel : undefined;
  if (!isMapping(tunnel)) return [];
  const { type = defaultTunnelType } = tunnel;
  const known = tunnelTypeNames.find((name) => name === type);
  if (known === undefined || bearsPort(known)) return [];
  return ['port', 'checksum']
    .filter((key) => tunnel[key] !== undefined)
    .map((key) => ({
      path: ['spec', 'tunnel', key],
      found: JSON.stringify(tunnel[key]) ?? 'something',
      expected: `nothing under tunnel type ${known}: only the packets of ${tunnelTypeNames.filter(bearsPort).join(', ')} bear it`,
    }));
}

interface Item<T> {
  readonly index: number;
  readonly value: T;
}

export function wellFormed<T>(list: unknown, parse: (text: string) => T | undefined): Item<T>[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index) => {
    const value = typeof item === 'string' ? parse(item) : undefined;
    return value === undefined ? [] : [{ index, value }];
  });
}

export function doubles<T>(
  key: string,
  items: readonly Item<T>[],
  identity: (value: T) => string,
  expected: string,
) {
  const seen = new Set<string>();
  const found: Incoherence[] = [];
  for (const { index, value } of items) {
    const name = identity(value);
    if (seen.has(name)) found.push({ path: ['spec', key, index], found: `${name} twice`, expected });
    seen.add(name);
  }
  return found;
}

/** A VIP that is part of another one, or has it as a part. */
function within(vips: readonly Item<string>[]): Incoherence[] {
  if (!vips.some(({ value }) => isNetwork(value))) return [];
  return vips.flatMap(({ index, value }, at) => {
    const other = vips.slice(0, at).find((one) => one.value !== value && shareAddress(one.value, value));
    if (other === undefined) return [];
    const found = `${value}, some of it in ${other.value} as well`;
    return [{ path: ['spec', 'vips', index], found, expected: 'each address once' }];
  });
}

/** What stands in another one; of two that are the same `doubles` tells. */
function overlapping(ports: readonly Item<ServicePort>[]): Incoherence[] {
  return ports.flatMap(({ index, value }, at) => {
    const other = ports
      .slice(0, at)
      .find((one) => overlap(one.value, value) && one.value.port !== value.port);
    if (other === undefined) return [];
    const found = `${spanText(value)}, some of it in ${spanText(other.value)} as well`;
    return [{ path: ['spec', 'ports', index], found, expected: 'each port once' }];
  });
}

/**
 * Under tunnel and direct the packet reaches the real server as the client sent it: its port cannot change. Nor can it where ranges
 * share a virtual service, whose destinations have no port.
 */
function remapped(
  ports: readonly Item<ServicePort>[],
  forwarding: unknown,
  hasNetwork: boolean,
): Incoherence[] {
  const isMasquerade = forwarding === 'masquerade';
  const ranged = rangedProtocols(ports.map(({ value }) => value));
  return ports
    .filter(({ value }) => !isMasquerade || hasNetwork || ranged.has(value.protocol))
    .filter(({ value }) => !isRange(value) && value.port !== value.targetPort)
    .map(({ index, value: one }) => ({
      path: ['spec', 'ports', index],
      found: JSON.stringify(portText(one)),
      expected: `the same port on both sides, such as ${one.port}/${one.protocol}: ${
        isMasquerade
          ? `beside ${hasNetwork ? 'a VIP that is a network' : `a range of ${one.protocol}`} it cannot be changed`
          : 'only forwarding masquerade can change it'
      }`,
    }));
}
