// Routes of a director's own to real servers over IPv6 whose way is narrow: packets of this host meet them, who has remembered a way looks again,
// the host's own way can still be asked for, and nothing stays.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createHost } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { directorHost, withoutOurs } from '../../src/plan/director-host.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import type { NarrowWay } from '../../src/plan/narrow-ways.ts';
import { here, hostSnapshot, ledgerPath, prepareNamespace } from './host-tools.ts';
import { run, runHere, withNamespaces } from './namespace.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-narrow-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const address = '2001:db8:2::11';
const way: NarrowWay = { address, link: 'up0', gateway: '2001:db8:1::1', mtuBytes: 1_400 };
const plain = { link: 'up0', address: '2001:db8:1::2', prefixLength: 64 };

/** What a director of one VIP wants. */
function wanted(narrow: readonly NarrowWay[]) {
  const own = {
    name: 'web',
    vips: ['2001:db8:a::10'],
    ports: [],
    scheduler: 'rr',
    withdrawn: false,
  } as const;
  return {
    ...directorHost(
      {
        ...{ kind: 'director', deletedServices: [], realServers: [] },
        probe: { keyHex: '', intervalMs: 200, downAfterMs: 800, goneAfterMs: 10_000, rise: 2 },
        services: [{ ...own, persistenceSeconds: 0, drainSeconds: 0, destinations: [] }],
      },
      undefined,
      { ...plain, isStrict: false, vipsElsewhere: false, ipv6: 'on', narrow },
    ),
    // What belongs to IPVS is not in every kernel, and is others' story.
    sysctls: [],
  };
}

/** A connected socket, which remembers its way as IPVS does: whether datagrams of 1,450 bytes leave whole, at each line that it reads. */
const sender = String.raw`
use strict; use IO::Socket::IP; use Socket;
$| = 1;
my $socket = IO::Socket::IP->new(PeerHost => '${address}', PeerPort => 9, Type => SOCK_DGRAM) or die "$!\n";
setsockopt($socket, 41, 62, pack('i', 1)) or die "$!\n";
for my $stage (@ARGV) {
  open(my $wait, '<', $stage) or die "$!\n";
  <$wait>;
  print defined send($socket, 'x' x 1450, 0) ? "leaves\n" : "$!\n";
}
`;

it('a route with the MTU of a narrow way is met, followed, passed by with our mark, and gone without a trace', async () => {
  await withNamespaces(['ro'], async (router) => {
    await prepareNamespace();
    await run(router, [
      'sysctl',
      '-qw',
      'net.ipv6.conf.all.accept_dad=0',
      'net.ipv6.conf.default.accept_dad=0',
    ]);
    await here(`ip link add up0 type veth peer name down0 netns ${router}`);
    await here('ip addr add 2001:db8:1::2/64 dev up0 nodad');
    await here('ip link set up0 up');
    for (const line of ['addr add 2001:db8:1::1/64 dev down0 nodad', 'link set down0 up'])
      await run(router, ['ip', ...line.split(' ')]);
    await here('ip -6 route add default via 2001:db8:1::1');
    const host = await createHost();
    const ledger = await openLedger(ledgerPath('narrow'));
    const mtu = async () => (/mtu (\d+)/.exec(await here(`ip -6 route get ${address}`)) ?? [])[1];
    const become = async (narrow: readonly NarrowWay[]) => {
      const state = wanted(narrow);
      const missing = async () => diffHost(state, await host.read([state, ledger.made()]), ledger.made());
      // The kernel's own route to a VIP may come after its address.
      for (
        let operations = await missing(), left = 5;
        operations.length > 0;
        operations = await missing(), left--
      ) {
        expect(left).toBeGreaterThan(0);
        const failures = await applyHostOperations(host, ledger, operations);
        expect(failures.map(({ error }) => error.message)).toEqual([]);
      }
    };
    try {
      const before = await hostSnapshot();
      await become([]);
      const stages = [1, 2, 3].map((stage) => join(folder, `stage-${stage}`));
      await runHere(['mkfifo', ...stages]);
      const sent = runHere(['perl', '-e', sender, ...stages]);
      const next = (stage: number) => runHere(['sh', '-ec', `echo > ${join(folder, `stage-${stage}`)}`]);
      await next(1);
      expect(await mtu()).toBeUndefined();
      await become([way]);
      expect(await mtu()).toBe('1400');
      await next(2);
      // The way that it would be without ours, gateway and all.
      const { ways } = await host.survey({ ways: [{ to: address, mark: withoutOurs }], filtersOf: [] });
      expect(ways.get(address)).toMatchObject({ link: 'up0', gateway: '2001:db8:1::1' });
      expect(await here(`ip -6 route get ${address} mark ${withoutOurs}`)).not.toContain('mtu');
      await become([{ ...way, gateway: '2001:db8:1::9', mtuBytes: 1_380 }]);
      expect(await mtu()).toBe('1380');
      expect((await host.survey({ ways: [{ to: address }], filtersOf: [] })).ways.get(address)?.gateway).toBe(
        '2001:db8:1::9',
      );
      await become([]);
      expect(await mtu()).toBeUndefined();
      await next(3);
      expect((await sent).trim().split('\n')).toEqual(['leaves', 'Message too long', 'leaves']);
      await become([way]);
      expect(await cleanup(host, ledger)).toEqual([]);
      expect(await hostSnapshot()).toBe(before);
    } finally {
      host.close();
    }
  });
});
