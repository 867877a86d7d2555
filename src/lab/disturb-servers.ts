// Faults that end destinations: an application stops, hosts vanish, a tunnel device is down.
import type { Disturbance } from './disturbance.ts';
import { addressesOf, type Lab } from './lab.ts';
import { PreparedBatch } from './prepared-batch.ts';
import { silence } from './silence.ts';
import { textDifference } from './text-difference.ts';

/** Each look costs the emulated kernel some milliseconds, which those who are looked at need. */
const lookEveryMs = 50;
const noticeLimitMs = 15_000;
const recoveryLimitMs = 40_000;
const tunnelDownEveryMs = 50;
/** Names of Causeway's tunnel devices begin so. */
const tunnelPrefix = 'cw';

/** Noticed when every director that used them has given them weight 0 or deleted them. */
function destinationsDie(hosts: readonly string[], lab: Lab) {
  const addresses = addressesOf(lab, hosts);
  const before = lab.tables.text();
  // A destination that nobody used can't be seen to go out of use.
  const users = lab.tables.using(addresses);
  return {
    gone: hosts,
    unnoticed: false,
    tablesKept: 'nothing' as const,
    isOfControl: false,
    keepsConnections: false,
    restoreAfterMs: undefined,
    lookEveryMs,
    noticeLimitMs,
    noticed: () => users.length > 0 && lab.tables.using(addresses, users).length === 0,
    settled: () => true,
    recoveryLimitMs,
    recovered: () => lab.tables.text() === before,
    unlike: () => textDifference(before, lab.tables.text()),
  };
}

export function stopApplication(host: string, lab: Lab): Disturbance {
  // What answers by UDP lives on: nobody checks whether it is there again, and it would be given work before.
  const name = `${host} app`;
  return {
    ...destinationsDie([host], lab),
    inject: () => lab.processes.kill(name),
    restore: () => lab.processes.restart(name),
  };
}

export async function killHosts(hosts: readonly string[], lab: Lab): Promise<Disturbance> {
  const silences = await Promise.all(hosts.map((host) => silence(host, lab.topology, lab.launcher)));
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

export async function tunnelDown(host: string, holdMs: number, lab: Lab): Promise<Disturbance> {
  const links: { ifname: string }[] = JSON.parse(await lab.launcher.run(['ip', '-n', host, '-j', 'link']));
  const devices = links.map(({ ifname }) => ifname).filter((name) => name.startsWith(tunnelPrefix));
  const batch = await new PreparedBatch(lab.launcher, 'ip', host).ready();
  const setDown = (): void => batch.write(...devices.map((device) => `link set dev ${device} down`));
  let again: NodeJS.Timeout | undefined;
  return {
    ...destinationsDie([host], lab),
    restoreAfterMs: holdMs,
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
