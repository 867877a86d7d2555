/** How a service stands: how many of its real servers are well, unsupervised, and where its VIPs are withdrawn. */

import type { AgentReport } from '../../domain/agent-message.ts';
import type { RealServerMember } from '../../domain/member.ts';
import type { AppVerdict } from '../../domain/probe.ts';
import type { Service } from '../../domain/resource.ts';
import { portText } from '../../domain/snapshot.ts';
import type { ServiceStatus, UnsupervisedServer } from '../../domain/status.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import { currentForMs, destinationHealth, lastWordForMs } from '../../plan/health.ts';
import type { AgentWord, AgentWords } from '../../plan/observe/agent-word.ts';
import { applicationSeen } from '../../plan/observe/application-seen.ts';
import { carryingDestinations, lostAVip, lostPaths, pathsByName } from '../../plan/observe/path-states.ts';
import { lastWords, witnesses } from '../../plan/observe/witnesses.ts';
import { byName, compareText } from '../../plan/order.ts';
import { udpSizes } from '../../plan/udp-size.ts';
import { selectedInWorld } from '../../plan/world-index.ts';

export interface ServiceStatusInput {
  readonly world: World;
  readonly agents: AgentWords;
  readonly unsupervised: readonly UnsupervisedServer[];
  readonly monotonicMs: number;
}

/** By name. Yields between services. */
export function* serviceStatuses(input: ServiceStatusInput): Steps<ServiceStatus[]> {
  const { world, agents, monotonicMs } = input;
  const now = witnesses(agents, monotonicMs).map(({ report }) => report);
  const last = lastWords(world.directors, agents, monotonicMs).map(({ report }) => report);
  const lostVips = new Set(now.flatMap((report) => [...lostAVip(report)]));
  const names = new Set(input.unsupervised.map(({ realServer }) => realServer));
  const standing = (service: string, realServer: string): Standing => {
    const own = ownWord(agents.find('realserver', realServer), service, monotonicMs);
    const path = wayTo(realServer, now) ?? wayTo(realServer, last);
    const word = wordOn(service, realServer, own, last);
    // Where no director has a say, that it is connected must do.
    const way = path ?? (own.isConnected ? 'up' : 'unknown');
    if (destinationHealth(way, word.verdict) !== 'healthy') return { state: 'not' };
    if (word.ageMs > lastWordForMs) return { state: 'old', ageMs: word.ageMs };
    const isPartly = word.isPartly || lostVips.has(realServer);
    return { state: isPartly ? 'partly' : 'healthy' };
  };
  const mtus = yield* leastMtus(now);
  const sites = new Map(world.sites.map((site) => [site.name, site]));
  const sizes: SizesOf = (service, selected) =>
    udpSizes(
      service,
      selected,
      (site) => sites.get(site),
      ({ name }) => mtus.get(name),
    );
  const statuses: ServiceStatus[] = [];
  for (const service of byName(world.services)) {
    statuses.push(serviceStatus(service, world, { standing, sizes }, names));
    yield;
  }
  return statuses;
}

type SizesOf = (
  service: Service,
  selected: readonly RealServerMember[],
) => NonNullable<ServiceStatus['udpBytes']>;

/** Of each real server the least that a director has measured. Yields between directors. */
function* leastMtus(reports: readonly AgentReport[]): Steps<ReadonlyMap<string, number>> {
  const least = new Map<string, number>();
  for (const { paths } of reports) {
    for (const { realServer, mtuBytes } of paths)
      if (mtuBytes !== undefined)
        least.set(realServer, Math.min(mtuBytes, least.get(realServer) ?? mtuBytes));
    yield;
  }
  return least;
}

/** How a real server stands with a service. `old`: well, by words too old to count. */
type Standing =
  | { readonly state: 'healthy' | 'partly' | 'not' }
  | { readonly state: 'old'; readonly ageMs: number };

function serviceStatus(
  service: Service,
  world: World,
  {
    standing,
    sizes,
  }: { readonly standing: (service: string, realServer: string) => Standing; readonly sizes: SizesOf },
  unsupervised: ReadonlySet<string>,
): ServiceStatus {
  const selected = selectedInWorld(world)(service.name);
  const standings = selected.map(({ name }) => standing(service.name, name));
  const partly = standings.filter(({ state }) => state === 'partly').length;
  const udpBytes = sizes(service, selected);
  const old = standings.flatMap((one) => (one.state === 'old' ? [one.ageMs] : []));
  return {
    name: service.name,
    vips: service.vips,
    ports: service.ports.map(portText),
    realServers: selected.length,
    healthy: partly + standings.filter(({ state }) => state === 'healthy').length,
    ...(partly === 0 ? {} : { partly }),
    ...(old.length === 0 ? {} : { old: { count: old.length, ageMs: Math.max(...old) } }),
    withdrawnAt: [...(world.withdrawals.get(service.name)?.keys() ?? [])].toSorted(compareText),
    unsupervised: selected.filter(({ name }) => unsupervised.has(name)).length,
    ...(Object.keys(udpBytes).length === 0 ? {} : { udpBytes }),
  };
}

interface Word {
  readonly verdict: AppVerdict;
  readonly ageMs: number;
  /** Some of its ports or VIPs fail, though others serve. */
  readonly isPartly: boolean;
}

interface OwnWord extends Word {
  readonly isConnected: boolean;
}

/** The last it has said, however old. */
function ownWord(record: AgentWord | undefined, service: string, nowMs: number): OwnWord {
  const found = record?.report.applications.find((one) => one.service === service);
  return {
    isConnected: record?.isConnected === true,
    ageMs: record === undefined ? Number.POSITIVE_INFINITY : nowMs - record.reportedAtMs,
    verdict: found?.verdict ?? 'unknown',
    isPartly: found?.failing !== undefined,
  };
}

/** One director that reaches it is enough; undefined where none has a say. */
function wayTo(realServer: string, reports: readonly AgentReport[]): 'up' | 'down' | undefined {
  if (reports.some((report) => pathsByName(report).get(realServer)?.state === 'up')) return 'up';
  return reports.some((report) => lostPaths(report).has(realServer)) ? 'down' : undefined;
}

/**
 * Its own check counts while its agent is heard; then what directors find there, or have found; then its own last verdict, with its
 * age; and where this coordinator has never heard one, whether a director's kernel sends there.
 */
function wordOn(service: string, realServer: string, own: OwnWord, reports: readonly AgentReport[]): Word {
  if (own.isConnected && own.ageMs <= currentForMs && own.verdict !== 'unknown') return own;
  const seen = applicationSeen(reports, service, realServer, true);
  if (seen !== 'unknown') return { verdict: seen, ageMs: 0, isPartly: false };
  if (own.verdict !== 'unknown') return own;
  const carries = reports.some((report) => carryingDestinations(report).has(`${service} ${realServer}`));
  return { verdict: carries ? 'healthy' : 'unknown', ageMs: 0, isPartly: false };
}
