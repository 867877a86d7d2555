// What each kind of fault does, by what it counts as noticed, and how it is undone.
import { upToDate, versionOf } from './agents-state.ts';
import { runCommand } from './command.ts';
import { addressesOf, type Lab } from './lab.ts';
import { PreparedBatch } from './prepared-batch.ts';
import { numbered } from './scenario.ts';
import type { Fault } from './scenario-schema.ts';
import { silence } from './silence.ts';
import { circuitPort, coordinatorNamespace, wanNamespace } from './topology.ts';
import { reorderedSites, withRtt } from './wan-order.ts';

export interface Disturbance {
  /** Hosts that are to serve nobody while it lasts. */
  readonly gone: readonly string[];
  /** No client may notice anything, and no table may change. */
  readonly unnoticed: boolean;
  /** It stays until the end. */
  readonly lasting: boolean;
  /** Restored by itself after so many ms, if before the phase's end. */
  readonly holdMs: number | undefined;
  inject(): void | Promise<void>;
  /** Looked at again and again from the injection on. */
  noticed(): boolean | Promise<boolean>;
  /** Whether those who decide have finished, beyond what the clients see; looked at once noticed. */
  settled(): boolean | Promise<boolean>;
  restore(): Promise<void>;
  /** Whether everything is as it was before; looked at once restored. */
  recovered(): boolean | Promise<boolean>;
}

const tunnelDownEveryMs = 50;
/** Our tunnel devices' names begin so. */
const tunnelPrefix = 'cw';

/** Gets everything ready, so that `inject` takes no time. */
export async function prepareDisturbance(fault: Fault, lab: Lab): Promise<Disturbance> {
  switch (fault.kind) {
    case 'stop-application':
      return stopApplication(fault.host, lab);
    case 'kill-host':
      return killHosts([fault.host], lab);
    case 'kill-site-servers': {
      const site = lab.scenario.sites.find(({ name }) => name === fault.site);
      return killHosts(numbered(`${fault.site}-r`, site?.realServers ?? 0), lab);
    }
    case 'tunnel-down':
      return tunnelDown(fault.host, fault.holdSeconds * 1_000, lab);
    case 'wan-rtt':
      return wanRtt(fault.between, fault.rttMs, lab);
    case 'kill-coordinator':
      return killCoordinator(fault.downSeconds * 1_000, lab);
    case 'kill-director-agent':
      return killAgent(fault.host, fault.downSeconds * 1_000, lab);
  }
}

/** Faults that end destinations: noticed when every director that used them has given them weight 0 or deleted them. */
function destinationsDie(hosts: readonly string[], lab: Lab) {
  const addresses = addressesOf(lab, hosts);
  const before = lab.tables.text();
  return {
    gone: hosts,
    unnoticed: false,
    lasting: false,
    holdMs: undefined,
    noticed: () => lab.tables.using(addresses).length === 0,
    settled: () => true,
    recovered: () => lab.tables.text() === before,
  };
}

function stopApplication(host: string, lab: Lab): Disturbance {
  const name = `${host} app`;
  return {
    ...destinationsDie([host], lab),
    inject: () => lab.processes.kill(name),
    restore: async () => lab.processes.restart(name),
  };
}

function killHosts(hosts: readonly string[], lab: Lab): Disturbance {
  const silences = hosts.map((host) => silence(host, lab.topology));
  return {
    ...destinationsDie(hosts, lab),
    inject() {
      for (const each of silences) each.begin();
    },
    async restore() {
      await Promise.all(silences.map((each) => each.end()));
    },
  };
}

async function tunnelDown(host: string, holdMs: number, lab: Lab): Promise<Disturbance> {
  const links: { ifname: string }[] = JSON.parse(await runCommand(['ip', '-n', host, '-j', 'link']));
  const devices = links.map(({ ifname }) => ifname).filter((name) => name.startsWith(tunnelPrefix));
  const batch = new PreparedBatch('ip', host);
  const setDown = (): void => batch.write(...devices.map((device) => `link set dev ${device} down`));
  let again: NodeJS.Timeout | undefined;
  return {
    ...destinationsDie([host], lab),
    holdMs,
    inject() {
      setDown();
      // Its agent sets it up again, as it should; this fault does not let it.
      again = setInterval(setDown, tunnelDownEveryMs);
    },
    async restore() {
      clearInterval(again);
      await batch.end();
    },
  };
}

function wanRtt(between: readonly [string, string], rttMs: number, lab: Lab): Disturbance {
  const [a, b] = between;
  const batch = new PreparedBatch('tc', wanNamespace);
  const after = withRtt(lab.wan, between, rttMs);
  const reordered = reorderedSites(lab.wan, after);
  const directors = lab.topology.hosts.filter(({ role, site }) => role === 'director' && reordered.includes(site));
  const circuit = lab.wan.find(({ between: pair }) => pair.includes(a) && pair.includes(b));
  const oldMs = circuit?.rttMs ?? 0;
  const midwayMs = (oldMs + rttMs) / 2;
  let versions = new Map<string, number>();
  return {
    gone: [],
    unnoticed: false,
    lasting: true,
    holdMs: undefined,
    async inject() {
      const status = await lab.admin.status();
      versions = new Map(directors.map(({ name }) => [name, versionOf(status, name)]));
      const ports = [circuitPort(a, b), circuitPort(b, a)];
      batch.write(
        ...ports.map((device) => netemLine('change', { device, delayMs: rttMs / 2, loss: circuit?.loss ?? 0 })),
      );
      lab.wan = after;
    },
    // The matrix has moved for both directions.
    async noticed() {
      const status = await lab.admin.status();
      return [believedRttMs(status, a, b), believedRttMs(status, b, a)].every(
        (believed) => believed !== undefined && believed > midwayMs === rttMs > oldMs,
      );
    },
    // Whoever must now prefer another site has been told so, and has done it.
    async settled() {
      const status = await lab.admin.status();
      return directors.every(({ name }) => {
        const agent = status.agents.find((each) => each.name === name);
        return agent !== undefined && upToDate(agent) && agent.wantedVersion > (versions.get(name) ?? 0);
      });
    },
    restore: () => batch.end(),
    recovered: () => true,
  };
}
