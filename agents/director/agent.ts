/** What a director's agent does, from a snapshot and its own probes to the kernel's table, and what it says of it. */
import { type Family, familyOf } from '../../src/domain/address.ts';
import { type AgentReport, emptyReport } from '../../src/domain/agent-message.ts';
import { messageOf } from '../../src/domain/error.ts';
import { emptyHostState } from '../../src/domain/host-state.ts';
import { type ServiceState, serviceId } from '../../src/domain/ipvs-table.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import type { Host } from '../../src/kernel/host.ts';
import { foreignObjects } from '../../src/kernel/host-read.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { directorTable } from '../../src/plan/director-table.ts';
import { type Drains, nextDrains, noDrains } from '../../src/plan/drains.ts';
import { implausible } from '../../src/plan/plausibility.ts';
import { vipsOf } from '../../src/plan/vips.ts';
import { createProbeSocket } from '../../src/probe/socket.ts';
import type { Agent, AgentParts } from '../shared/agent.ts';
import { createFollower } from '../shared/follower.ts';
import { holderOf } from '../shared/own-address.ts';
import { countDestinations, type Tallies } from './destinations.ts';
import { createHealth, type Transition } from './health.ts';
import { foreignServices } from './ipvs-target.ts';
import { createKernel } from './kernel.ts';
import { createDirectorMetrics } from './metrics.ts';
import { probePlan } from './probe-targets.ts';
import { createProber } from './prober.ts';

export interface DirectorParts extends AgentParts<'director'> {
  readonly ipvs: Ipvs;
  /** Unguessable, unsigned 64 bit. */
  readonly nonce: () => bigint;
}

/**
 * A path that works but carries nothing is asked so much more rarely: a director knows every real server of every site, and most
 * of them only wait for others to fail. Asked in earnest again as soon as it carries.
 */
const waitingPace = 3;
/** Transitions are reported at once; this keeps latency and counters fresh. */
const reportIntervalMs = 2_000;

/** Begins with the last snapshot on disk, where there is one; needs no coordinator. Error `invalid`: the DIP is not here. */
export async function createDirectorAgent(parts: DirectorParts): Promise<Agent> {
  const { config, host, ledger, clock, random, log } = parts;
  const { name, site, address } = config;
  const { prefixLength, families } = await ownAddresses(host, address);
  /** Real servers with a weight in the kernel, as last reported. */
  let carrying: ReadonlySet<string> = new Set();
  let tallies: Tallies = new Map();
  let drains: Drains = noDrains;

  const health = createHealth({
    monotonicMs: clock.monotonicMs,
    nowMs: clock.nowMs,
    onTransition: (transition) => void onTransition(transition),
  });
  const metrics = createDirectorMetrics({
    paths: () => health.paths(clock.monotonicMs()),
    verdicts: health.verdicts,
    delayed: () => kernel.delayed(),
    snapshotVersion: () => follower.version(),
    connected: () => follower.connected(),
  });
  const kernel = createKernel({ ipvs: parts.ipvs, host, ledger, clock, random, log, metrics });
  const prober = createProber({
    address,
    clock,
    random,
    nonce: parts.nonce,
    openSocket: createProbeSocket,
    pace: (realServer) => (health.path(realServer) === 'up' && !carrying.has(realServer) ? waitingPace : 1),
    onSent: health.sent,
    onAnswer(path, id, atMs, verdicts) {
      metrics.probe('answered');
      health.answered(path, id, atMs, verdicts);
    },
    onLost: () => metrics.probe('lost'),
    onRound: (realServer) => health.round(realServer, clock.monotonicMs()),
    onTrouble: (realServer, error) => log.warn({ realServer, reason: error.message }, 'cannot send probes'),
  });

  /** First the kernel, then everybody else. */
  async function onTransition(transition: Transition): Promise<void> {
    const decidedMs = clock.monotonicMs();
    const state = await kernel.healthChanged();
    const programmedMs = clock.monotonicMs() - decidedMs;
    metrics.programmed(programmedMs / 1_000);
    const { kind, ...fields } = transition;
    const bad = transition.to !== 'up' && transition.to !== 'healthy';
    const failed = state.status === 'error' ? { trouble: messageOf(state.error) } : {};
    log[bad ? 'warn' : 'info'](
      { ...rounded(fields), programmedMs: Math.round(programmedMs), ...failed },
      `${kind} changed`,
    );
    follower.report();
  }

  /** Where nothing of ours was here before, a refused first snapshot leaves nothing behind. */
  const untouched = ledger.ownedVips().length === 0;

  const follower = createFollower({
    role: 'director',
    parts,
    async judge(next, current) {
      const reason = next.force ? undefined : implausible(current, next);
      if (reason !== undefined) return `implausible: ${reason}`;
      const desired = directorHost(next);
      const made = ledger.made();
      const [conflict] = foreignObjects(desired, await host.read([desired, made]), made);
      if (conflict !== undefined) return conflict.message;
      const [foreign] = foreignServices(await parts.ipvs.read(), vipsOf(next), ledger.ownedVips());
      return foreign === undefined
        ? undefined
        : `conflict: the kernel has an IPVS service ${serviceId(foreign)} that Causeway did not make: delete it ` +
            '(ipvsadm -D), or take its VIP out of the service';
    },
    async apply(next) {
      if (next === undefined)
        return untouched ? await kernel.bring(emptyHostState, () => [], [], true) : undefined;
      return await bring(next);
    },
    restore: bring,
    onContent: probe,
    member: () => ({ role: 'director', name, site, address, prefixLength }),
    report,
    reportIntervalMs,
  });

  /** Why the kernel could not be brought to the snapshot, or undefined. */
  function bring(snapshot: DirectorSnapshot): Promise<string | undefined> {
    const table = (actual: readonly ServiceState[]) => {
      drains = nextDrains(drains, snapshot, actual, clock.monotonicMs());
      return directorTable(snapshot, health, actual, drains);
    };
    return kernel.bring(directorHost(snapshot), table, vipsOf(snapshot), snapshot.force);
  }

  function probe(snapshot: DirectorSnapshot): void {
    const { targets, unasked } = probePlan(snapshot, families);
    health.watch(snapshot, targets);
    prober.watch(targets, snapshot.probe);
    if (unasked.length > 0)
      log.warn({ vips: unasked, address }, 'VIPs of another family than the DIP are not probed');
  }

  function report(current: DirectorSnapshot | undefined): AgentReport | undefined {
    if (current === undefined) return undefined;
    const counted = countDestinations(current, kernel.table(), tallies, clock.nowMs());
    tallies = counted.tallies;
    const destinations = counted.reports;
    carrying = new Set(destinations.filter(({ weight }) => weight > 0).map(({ realServer }) => realServer));
    return { ...emptyReport, paths: health.paths(clock.monotonicMs()), destinations };
  }

  await follower.begin();
  return {
    registry: metrics.registry,
    healthy: kernel.trouble,
    async close() {
      prober.close();
      await Promise.all([follower.close(), kernel.stop()]);
    },
  };
}

/** Prefix length of the DIP, and the families of which this host has an address to ask from. */
async function ownAddresses(host: Host, address: string) {
  const present = await host.interfaceAddresses();
  const { prefixLength } = holderOf(present, address);
  // VIPs stand on lo; a link-local address reaches no other site.
  const usable = present.filter(({ link, address: other }) => link !== 'lo' && !other.startsWith('fe80:'));
  const families: ReadonlySet<Family> = new Set([address, ...usable.map((one) => one.address)].map(familyOf));
  return { prefixLength, families };
}

/** Milliseconds as whole numbers: nobody reads the rest. */
function rounded(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'number' ? Math.round(value) : value,
    ]),
  );
}
