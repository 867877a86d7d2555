/** What a director's agent does, from a snapshot and its own probes to the kernel's table, and what it says of it. */
import type { Registry } from 'prom-client';
import type { AgentLink } from '../../src/api/agent-client.ts';
import { type Family, familyOf } from '../../src/domain/address.ts';
import type { AgentHello } from '../../src/domain/agent-message.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { CausewayError, messageOf } from '../../src/domain/error.ts';
import { emptyHostState } from '../../src/domain/host-state.ts';
import type { IpvsTable } from '../../src/domain/ipvs-table.ts';
import { serviceId } from '../../src/domain/ipvs-table.ts';
import type { DirectorSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import type { Host } from '../../src/kernel/host.ts';
import { foreignObjects } from '../../src/kernel/host-read.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import type { Ledger } from '../../src/kernel/ledger.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { directorTable } from '../../src/plan/director-table.ts';
import { implausible } from '../../src/plan/plausibility.ts';
import { vipsOf } from '../../src/plan/vips.ts';
import { createProbeSocket } from '../../src/probe/socket.ts';
import { createAdoption } from '../../src/reconcile/adoption.ts';
import type { DirectorConfig } from '../../src/runtime/config.ts';
import type { Logger } from '../../src/runtime/log.ts';
import type { SnapshotFile } from '../../src/runtime/snapshot-file.ts';
import { destinationReports } from './destinations.ts';
import { createHealth, type Transition } from './health.ts';
import { foreignServices } from './ipvs-target.ts';
import { createKernel } from './kernel.ts';
import { createDirectorMetrics } from './metrics.ts';
import { probePlan } from './probe-targets.ts';
import { createProber } from './prober.ts';

export interface DirectorParts {
  readonly config: DirectorConfig;
  readonly ipvs: Ipvs;
  readonly host: Host;
  readonly ledger: Ledger;
  readonly file: SnapshotFile<DirectorSnapshot>;
  readonly connect: (handlers: {
    hello: () => AgentHello;
    onSnapshot: (snapshot: Snapshot) => void;
    onState: (connected: boolean, why: string) => void;
  }) => AgentLink;
  readonly clock: Clock;
  readonly random: () => number;
  /** Unguessable, unsigned 64 bit. */
  readonly nonce: () => bigint;
  readonly log: Logger;
  readonly programVersion: string;
}

export interface DirectorAgent {
  readonly registry: Registry;
  /** Undefined when all is well, else why not. */
  healthy(): string | undefined;
  /** Leaves the kernel as it is. */
  close(): Promise<void>;
}

/**
 * A path that works but carries nothing is asked so much more rarely: a director knows every real server of every site, and most
 * of them only wait for others to fail. Asked in earnest again as soon as it carries.
 */
const waitingPace = 3;
/** Transitions are reported at once; this keeps latency and counters fresh. */
const reportIntervalMs = 2_000;

/** Begins with the last snapshot on disk, where there is one; needs no coordinator. Error `invalid`: the DIP is not here. */
export async function createDirectorAgent(parts: DirectorParts): Promise<DirectorAgent> {
  const { config, host, ledger, file, clock, random, log } = parts;
  const { address } = config;
  const { prefixLength, families } = await ownAddresses(host, address);
  let link: AgentLink | undefined;
  let closed = false;
  /** Real servers with a weight in the kernel, as last reported. */
  let carrying: ReadonlySet<string> = new Set();

  const health = createHealth({
    monotonicMs: clock.monotonicMs,
    nowMs: clock.nowMs,
    onTransition: (transition) => void onTransition(transition),
  });
  const metrics = createDirectorMetrics({
    paths: () => health.paths(clock.monotonicMs()),
    verdicts: health.verdicts,
    snapshotVersion: () => adoption.current?.version ?? 0,
    connected: () => link?.connected ?? false,
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
    report();
  }

  /** Where nothing of ours was here before, a refused first snapshot leaves nothing behind. */
  const untouched = ledger.ownedVips().length === 0;

  const adoption = createAdoption<DirectorSnapshot>({
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
      if (next === undefined) return untouched ? await kernel.bring(emptyHostState, () => [], []) : undefined;
      return await bring(next);
    },
    save: file.save,
    onAdopted(snapshot, previous) {
      if (snapshot.checksum !== previous?.checksum) probe(snapshot);
      log.info({ version: snapshot.version, previous: previous?.version ?? 0 }, 'snapshot applied');
      link?.acknowledge(snapshot.version);
      report();
    },
    onRefused(snapshot, reason) {
      log.error({ version: snapshot.version, reason }, 'snapshot refused');
      link?.refuse(snapshot.version, reason);
    },
    onUnsaved: ({ version }, error) =>
      log.error({ version, err: error }, 'snapshot not saved: a restart would go back'),
  });

  /** Why the kernel could not be brought to the snapshot, or undefined. */
  function bring(snapshot: DirectorSnapshot): Promise<string | undefined> {
    const table = (actual: IpvsTable) => directorTable(snapshot, health, actual);
    return kernel.bring(directorHost(snapshot), table, vipsOf(snapshot));
  }

  function probe(snapshot: DirectorSnapshot): void {
    const { targets, unasked } = probePlan(snapshot, families);
    health.watch(snapshot, targets);
    prober.watch(targets, snapshot.probe);
    if (unasked.length > 0)
      log.warn({ vips: unasked, address }, 'VIPs of another family than the DIP are not probed');
  }

  function report(): void {
    const { current } = adoption;
    if (current === undefined) return;
    const destinations = destinationReports(current, kernel.table());
    carrying = new Set(destinations.filter(({ weight }) => weight > 0).map(({ realServer }) => realServer));
    link?.report({ paths: health.paths(clock.monotonicMs()), destinations, applications: [] });
  }

  const restored = await load(file, log);
  if (restored !== undefined) {
    adoption.restore(restored);
    const trouble = await bring(restored);
    log.info(
      { version: restored.version, ...(trouble === undefined ? {} : { trouble }) },
      'snapshot restored',
    );
    probe(restored);
  }

  const { name, site } = config;
  link = parts.connect({
    hello: () => ({
      role: 'director',
      name,
      site,
      address,
      prefixLength,
      appliedVersion: adoption.current?.version ?? 0,
      appliedChecksum: adoption.current?.checksum ?? '',
      programVersion: parts.programVersion,
    }),
    onSnapshot(snapshot) {
      if (snapshot.kind === 'director') adoption.offer(snapshot);
      else link?.refuse(snapshot.version, "this is a director, and the snapshot is a real server's");
    },
    onState: (connected, why) =>
      connected
        ? log.info({ coordinator: why }, 'coordinator connected')
        : log.warn({ why }, 'coordinator not connected'),
  });
  const tick = () => {
    if (closed) return;
    report();
    timer = clock.after(reportIntervalMs, tick);
  };
  let timer = clock.after(reportIntervalMs, tick);

  return {
    registry: metrics.registry,
    healthy: kernel.trouble,
    async close() {
      closed = true;
      timer.cancel();
      prober.close();
      await Promise.all([link?.close(), kernel.stop()]);
    },
  };
}

/** Prefix length of the DIP, and the families of which this host has an address to ask from. */
async function ownAddresses(host: Host, address: string) {
  const present = await host.interfaceAddresses();
  const holder = present.find((candidate) => candidate.address === address);
  if (holder === undefined) {
    throw new CausewayError({
      code: 'invalid',
      operation: 'find address',
      subject: address,
      message:
        "no interface of this host has it: set address (--address) to this host's own underlay address",
    });
  }
  // VIPs stand on lo; a link-local address reaches no other site.
  const usable = present.filter(({ link, address: other }) => link !== 'lo' && !other.startsWith('fe80:'));
  const families: ReadonlySet<Family> = new Set([address, ...usable.map((one) => one.address)].map(familyOf));
  return { prefixLength: holder.prefixLength, families };
}

/** A damaged file is as none: the kernel keeps what it has, and the coordinator sends anew. */
async function load(
  file: SnapshotFile<DirectorSnapshot>,
  log: Logger,
): Promise<DirectorSnapshot | undefined> {
  try {
    return await file.load();
  } catch (error) {
    log.error({ err: error }, 'snapshot on disk not used');
    return undefined;
  }
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
