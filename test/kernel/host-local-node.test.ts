// A director's own host that is asked to be a real server of its VIPs as well (LVS calls that LocalNode): it is refused with words, and
// packets show why: what another director sends there meets the IPVS table there once more, and is sent on.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { factsFrom, surveyFor } from '../../agents/realserver/facts.ts';
import { claimedHere, localRoutesOf } from '../../agents/realserver/local-node.ts';
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { applyHostOperations } from '../../src/kernel/host-apply.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { directorTable } from '../../src/plan/director-table.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { realServerHost } from '../../src/plan/real-server-host.ts';
import { directorSnapshot, realServerSnapshot } from '../agents/snapshots.ts';
import { here, ledgerPath, prepareNamespace, slowTestMs } from './host-tools.ts';
import { adding, openIpvs } from './ipvs-tools.ts';
import { inside, run, withNamespaces } from './namespace.ts';
import { deadlineSeconds } from './pace.ts';

const vip = '192.0.2.10';
const at = { here: '10.9.0.2', other: '10.9.0.1', server: '10.1.0.11' } as const;
const folder = mkdtempSync(join(tmpdir(), 'causeway-local-node-'));
const children: ChildProcess[] = [];
let host: Host;
let ipvs: Ipvs;

beforeAll(async () => {
  await prepareNamespace();
  await here('sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0');
  host = await createHost();
  ipvs = await openIpvs();
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  host.close();
  ipvs.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As an agent does it, each with a ledger of its own. */
async function bring(agent: string, desired: HostState): Promise<void> {
  const ledger = await openLedger(ledgerPath(agent));
  const operations = diffHost(desired, await host.read([desired]), emptyHostState);
  expect(await applyHostOperations(host, ledger, operations)).toEqual([]);
}

/** An application that answers with one word. */
function serve(word: string, argv: (httpd: readonly string[]) => readonly string[]): void {
  const home = join(folder, word);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'index.html'), word);
  const [program = '', ...words] = argv(['busybox', 'httpd', '-f', '-p', '80', '-h', home]);
  children.push(spawn(program, words, { stdio: 'ignore' }));
}

it('is refused with words, for others would be sent on', { timeout: slowTestMs }, async () => {
  await withNamespaces(['other', 'server'], async (other, server) => {
    const on = async (namespace: string, ...lines: readonly string[]) => {
      for (const line of lines) await run(namespace, line.split(' '));
    };
    const loose = 'sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0';
    await on(other, loose);
    await on(server, loose);
    await here(`ip link add to-other type veth peer name eth0 netns ${other}`);
    await here(`ip link add to-server type veth peer name eth0 netns ${server}`);
    await run(other, [
      'ip',
      'link',
      'add',
      'direct',
      'type',
      'veth',
      'peer',
      'name',
      'direct',
      'netns',
      server,
    ]);
    for (const line of [`addr add ${at.here}/24 dev to-other`, 'addr add 10.1.0.2/24 dev to-server'])
      await here(`ip ${line}`);
    for (const device of ['to-other', 'to-server']) await here(`ip link set ${device} up`);
    await on(other, `ip addr add ${at.other}/24 dev eth0`, 'ip link set eth0 up');
    await on(other, 'ip addr add 10.5.0.1/24 dev direct', 'ip link set direct up');
    await on(server, `ip addr add ${at.server}/24 dev eth0`, 'ip link set eth0 up');
    await on(server, 'ip addr add 10.5.0.2/24 dev direct', 'ip link set direct up');
    // A real server that another has the VIP from; its answers go straight to whoever asked.
    await on(
      server,
      'ip link add cw4 type ipip external',
      `ip addr add ${vip}/32 dev cw4`,
      'ip link set cw4 up',
    );
    await on(server, `ip route add ${at.other}/32 via 10.5.0.1`);
    serve('elsewhere', (httpd) => inside(server, httpd));
    serve('here', (httpd) => httpd);

    const sample = directorSnapshot();
    const snapshot = {
      ...sample,
      realServers: sample.realServers.filter(({ address }) => address === at.server),
    };
    await bring('director', directorHost(snapshot));
    const table = directorTable(snapshot, { path: () => 'up', application: () => 'healthy' }, []);
    expect(await ipvs.apply(adding(table))).toEqual([]);
    const ask = () => run(other, ['curl', '-s', '-m', deadlineSeconds(5), `http://${vip}/`]);
    await on(other, `ip route add ${vip}/32 via ${at.here}`);
    expect(await ask()).toBe('elsewhere');

    const asked = realServerSnapshot({
      directors: [{ name: 'other', address: at.other, forwarding: 'tunnel' }],
    });
    const facts = factsFrom(await surveyFor(host, at.here, asked), { address: at.here, dedicated: false });
    const desired = realServerHost(asked, facts);
    const { strays } = await host.read([desired, localRoutesOf(desired)]);
    expect(claimedHere(strays)).toMatch(/^a director on this very host has claimed 192\.0\.2\.10\/32/);

    // Done all the same: the application here listens, and what the other director sends here never gets to it.
    await bring('realserver', desired);
    await on(other, `ip link add by-tunnel type ipip local ${at.other} remote ${at.here}`);
    await on(other, 'ip link set by-tunnel up', `ip route replace ${vip}/32 dev by-tunnel src ${at.other}`);
    expect(await ask()).toBe('elsewhere');
  });
});
