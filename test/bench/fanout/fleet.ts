/** The fleet of the fan-out: who takes part, what its services are, and what one change of all of them is. */
import { plainCheck } from '../../../src/domain/health-check.ts';
import type { Member } from '../../../src/domain/member.ts';
import type { Service, Site } from '../../../src/domain/resource.ts';
import type { Snapshot } from '../../../src/domain/snapshot.ts';

export interface Fleet {
  readonly sites: readonly Site[];
  readonly members: readonly Member[];
}

const siteCount = 20;
/** One agent in so many is a director's. */
const directorOneIn = 5;

const siteName = (index: number): string => `site-${String(index % siteCount).padStart(2, '0')}`;

/** 20 sites; a fifth of the agents are directors'. */
export function fleetOf(agents: number): Fleet {
  const directors = Math.max(1, Math.floor(agents / directorOneIn));
  return {
    sites: Array.from({ length: siteCount }, (_, index) => ({
      kind: 'Site',
      name: siteName(index),
      tunnel: 'ipip',
    })),
    members: Array.from({ length: agents }, (_, index): Member => {
      const site = siteName(index);
      const where = { site, address: `10.${index >> 8}.${index & 255}.1`, prefixLength: 24 };
      if (index < directors) return { role: 'director', name: `director-${index}`, ...where };
      const probeSlot = index - directors + 1;
      const labels = { at: site };
      return { role: 'realserver', name: `server-${index}`, ...where, labels, capacity: 1_000, probeSlot };
    }),
  };
}

/** A service for each site, which the directors of that site and of the next one claim; its `round` is told to every agent. */
export function servicesAt(round: number): Service[] {
  return Array.from({ length: siteCount }, (_, index) => ({
    kind: 'Service',
    name: `service-${siteName(index)}`,
    vips: [`198.18.${index}.1`, `198.18.${index}.2`],
    ports: [{ protocol: 'tcp', port: 80, targetPort: 80 }],
    selector: { at: siteName(index) },
    scheduler: 'wrr',
    forwarding: 'tunnel',
    persistenceSeconds: round,
    placement: 'static',
    slowStartSeconds: undefined,
    failOpen: false,
    drainSeconds: undefined,
    health: {
      ...plainCheck,
      ports: [],
      type: 'tcp',
      port: 0,
      intervalMs: leastIntervalMs + round,
      timeoutMs: 300,
      fall: 2,
      rise: 2,
    },
    sites: [siteName(index), siteName(index + 1)],
  }));
}

const leastIntervalMs = 1_000;

/** Of which round a snapshot is. */
export function roundOf(snapshot: Snapshot): number {
  if (snapshot.kind === 'director') return snapshot.services[0]?.persistenceSeconds ?? 0;
  return (snapshot.services[0]?.health.intervalMs ?? leastIntervalMs) - leastIntervalMs;
}
