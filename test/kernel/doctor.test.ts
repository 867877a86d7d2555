// The doctor on a real host: it names nothing where all is well, each of several faults that are really made, and its own commands mend them.
import { beforeAll, expect, it } from 'vitest';
import type { ExaminedByKernel } from '../../src/domain/host-examination.ts';
import { examineHost } from '../../src/kernel/examine-host.ts';
import { createHost } from '../../src/kernel/host.ts';
import { diagnose } from '../../src/plan/doctor/diagnose.ts';
import { questionFor, type RealServerSubject } from '../../src/plan/doctor/subject.ts';
import { realServerContent } from '../../src/plan/snapshots.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { realServer, service, world } from '../plan/fixtures.ts';
import { here, prepareNamespace, slowTestMs } from './host-tools.ts';
import { runHere } from './namespace.ts';

const subject: RealServerSubject = {
  role: 'realserver',
  address: '10.1.0.11',
  dedicated: false,
  snapshot: {
    value: realServerContent(world({ services: [service({ forwarding: 'tunnel' })] }), realServer('fra-1')),
  },
};

/** As an agent leaves its host; `eth1` is a way of its own. */
const healthy = [
  'ip link add eth0 type veth peer name far0',
  'ip link add eth1 type veth peer name far1',
  ...['eth0', 'far0', 'eth1', 'far1'].map((link) => `ip link set ${link} up`),
  'ip address add 10.1.0.11/24 dev eth0',
  'ip address add 172.16.0.11/24 dev eth1',
  'ip route add default via 10.1.0.254 dev eth0',
  'ip link add cw-ipip type ipip local 10.1.0.11',
  'ip address add 192.0.2.10/32 dev cw-ipip',
  'sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.cw-ipip.rp_filter=2',
  'sysctl -qw net.ipv4.conf.eth0.arp_ignore=1 net.ipv4.conf.eth0.arp_announce=2',
  'ip link set cw-ipip up',
  'nft add table inet causeway_realserver',
];

/** What somebody did, and what the doctor calls it. */
const faults: readonly (readonly [command: string, id: string])[] = [
  ['sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.cw-ipip.rp_filter=0', 'rp-filter-tunnel'],
  // With the strict filter on all, the way back by another card is one more.
  ['ip route add 10.2.0.0/16 via 172.16.0.254 dev eth1', 'rp-filter-underlay'],
  ['sysctl -qw net.ipv4.conf.eth0.arp_ignore=0', 'arp'],
  ['ip address add 192.0.2.10/32 dev eth0', 'vip-place'],
  ['ip link add open7 type gre local 10.1.0.11', 'tunnel-open'],
  ['ip link set open7 up', 'tunnel-open'],
  ['nft add table inet fw', 'filter-input'],
  ['nft add chain inet fw input { type filter hook input priority 0 ; policy accept ; }', 'filter-input'],
  ['nft add rule inet fw input meta l4proto 4 drop', 'filter-input'],
  ['iptables-legacy -A OUTPUT -s 192.0.2.10 -j DROP', 'filter-output'],
];

beforeAll(async () => {
  await prepareNamespace();
  for (const line of healthy) await here(line);
}, slowTestMs);

/** All that is not well. A host of its own each time, as the command has it: nothing is remembered. */
async function amiss() {
  const host = await createHost();
  try {
    const seen: ExaminedByKernel = await examineHost({ host, clock: realClock }, (links) =>
      questionFor(subject, links),
    );
    const findings = diagnose(subject, {
      ...seen,
      coordinators: { value: [{ endpoint: '10.1.0.9:7400', aheadMs: 0 }] },
      program: { value: {} },
    });
    return findings.filter(({ level }) => level !== 'ok');
  } finally {
    host.close();
  }
}

it('names each fault that is made, and what it says mends them', { timeout: slowTestMs }, async () => {
  expect(await amiss()).toEqual([]);
  for (const [command] of faults) await here(command);
  const found = await amiss();
  expect([...new Set(found.map(({ id }) => id))].toSorted()).toEqual(
    [...new Set(faults.map(([, id]) => id))].toSorted(),
  );
  // A command lets one kind of packet through: a chain that drops several is opened in as many steps.
  for (let round = 0, left = found; left.length > 0 && round < 8; round += 1) {
    for (const { id, what, mend = '' } of left) {
      // Whether somebody needs the open tunnel its operator alone knows: the sentence says how, and no command stands by itself.
      const open = id === 'tunnel-open' ? /\((ip link set open7 down)\)/.exec(what)?.[1] : undefined;
      expect(open ?? mend, id).not.toBe('');
      await runHere(['bash', '-c', open ?? mend]);
    }
    left = await amiss();
    if (round === 7) expect(left).toEqual([]);
  }
  expect(await amiss()).toEqual([]);
});
