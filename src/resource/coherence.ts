/** Mistakes of a Service that no single value shows: doubles, and settings that exclude each other. */

import { probePort } from '../domain/probe.ts';
import type { ServicePort } from '../domain/resource.ts';
import { portText } from '../domain/snapshot.ts';
import { canonicalUnicast } from '../domain/vip.ts';
import type { PathStep } from './mistake.ts';
import { parsePort } from './port-text.ts';

export interface Incoherence {
  readonly path: readonly PathStep[];
  readonly found: string;
  readonly expected: string;
}

/** Looks only at what is well-formed by itself, so that one mistake does not hide another. */
export function incoherences(spec: unknown): Incoherence[] {
  if (!isMapping(spec)) return [];
  const ports = wellFormed(spec.ports, parsePort);
  return [
    ...doubles('vips', wellFormed(spec.vips, canonicalUnicast), (vip) => vip, 'each address once'),
    ...doubles('ports', ports, ({ port, protocol }) => `${port}/${protocol}`, 'each port once'),
    ...doubles(
      'sites',
      wellFormed(spec.sites, (site) => site),
      (site) => site,
      'each site once',
    ),
    ...remapped(ports, spec.forwarding),
    ...ports
      .filter(({ value }) => value.port === probePort && value.protocol === 'udp')
      .map(({ index, value }) => ({
        path: ['spec', 'ports', index],
        found: JSON.stringify(portText(value)),
        expected: `another port: ${probePort}/udp of every VIP carries Causeway's own probes`,
      })),
    ...healthOf(spec.health, ports),
  ];
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

/** Under tunnel and direct the packet reaches the real server as the client sent it: its port cannot change. */
function remapped(ports: readonly Item<ServicePort>[], forwarding: unknown): Incoherence[] {
  if (forwarding === 'masquerade') return [];
  return ports
    .filter(({ value }) => value.port !== value.targetPort)
    .map(({ index, value }) => ({
      path: ['spec', 'ports', index],
      found: JSON.stringify(portText(value)),
      expected: `the same port on both sides, such as ${value.port}/${value.protocol}: only forwarding masquerade can change it`,
    }));
}

function healthOf(health: unknown, ports: readonly Item<ServicePort>[]): Incoherence[] {
  const settings = isMapping(health) ? health : {};
  const found: Incoherence[] = [];
  if (settings.type !== 'http' && (settings.type === undefined || settings.type === 'tcp')) {
    for (const key of ['path', 'host', 'expectStatus']) {
      if (settings[key] === undefined) continue;
      found.push({
        path: ['spec', 'health', key],
        found: 'a setting of http checks',
        expected: 'type: http beside it',
      });
    }
  }
  if (
    settings.port === undefined &&
    ports.length > 0 &&
    !ports.some(({ value }) => value.protocol === 'tcp')
  ) {
    const expected = 'a tcp port on which the application can be checked, since the service has none';
    found.push({ path: ['spec', 'health', 'port'], found: 'nothing', expected });
  }
  return found;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
