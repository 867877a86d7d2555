// A host where somebody else tunnels by IPIP to anybody (Calico's tunl0): Causeway stands beside him with one device for each director, and
// both carry what is theirs, before, meanwhile and after.
import type { Socket } from 'node:dgram';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factsFrom, surveyFor } from '../../agents/realserver/facts.ts';
import { emptyHostState } from '../../src/domain/host-state.ts';
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { applyHostOperations, cleanup } from '../../src/kernel/host-apply.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { realServerHost } from '../../src/plan/real-server-host.ts';
import { rivalTunnels } from '../../src/plan/tunnel-users.ts';
import { realServerSnapshot } from '../agents/snapshots.ts';
import { here, hostSnapshot, ledgerPath, prepareNamespace, slowTestMs } from './host-tools.ts';
import { run, withNamespaces } from './namespace.ts';
import { ask, connect, echo, port } from './tunnel-senders.ts';

const vip = '192.0.2.10';
const client = '198.51.100.5';
const [rip, dip] = ['10.1.0.2', '10.1.0.1'];
const [pod, farPod] = ['172.16.21.2', '172.16.21.1'];

let host: Host;
const services: Socket[] = [];
beforeAll(async () => {
  await prepareNamespace();
  host = await createHost();
});
afterAll(() => {
  host.close();
  for (const service of services) service.close();
});

test('a foreign tunl0 goes on, and so does the VIP', { timeout: slowTestMs }, async () => {
  await withNamespaces(['director', 'node'], async (director, node) => {
    await connect(director, 'to-director', 1, client);
    await connect(node, 'to-node', 2, '203.0.113.9');
    // As Calico has it: no ends of its own, and each node by a route.
    await here('ip link add tunl9 type ipip');
    await here(`ip addr add ${pod}/32 dev tunl9`);
    await here('ip link set tunl9 up');
    await here(`ip route add ${farPod}/32 via 10.2.0.1 dev tunl9 onlink`);
    await run(node, `ip addr add ${farPod}/32 dev by-ipip`.split(' '));
    services.push(await echo(pod, () => {}));
    const pods = () => ask(node, 'ipip', farPod, pod);
    expect(await pods()).toBe('word');
    const before = await hostSnapshot();

    const snapshot: RealServerSnapshot = realServerSnapshot({
      services: realServerSnapshot().services.map((one) => ({
        ...one,
        ports: [{ protocol: 'udp', port, targetPort: port }],
      })),
      directors: [
        { name: 'd1', address: dip, forwarding: 'tunnel' },
        { name: 'd2', address: '10.1.0.9', forwarding: 'tunnel' },
      ],
    });
    const who = { address: rip, directors: [dip, '10.1.0.9'], dedicated: false };
    const ledger = await openLedger(ledgerPath('beside'));
    const bring = async () => {
      const survey = await surveyFor(host, rip, snapshot);
      const desired = realServerHost(snapshot, factsFrom(survey, who));
      expect(rivalTunnels(desired, survey.links, ledger.made(), who)).toBeUndefined();
      const made = ledger.made();
      const operations = diffHost(desired, await host.read([desired, made]), made);
      for (const removes of [false, true]) {
        const part = operations.filter(({ kind }) => kind.startsWith('delete-') === removes);
        expect(await applyHostOperations(host, ledger, part)).toEqual([]);
      }
      expect(diffHost(desired, await host.read([desired, ledger.made()]), ledger.made())).toEqual([]);
      return desired.links.map(({ name }) => name);
    };
    const served = () => ask(director, 'ipip', client, vip);
    expect(await bring()).toEqual(['cw-vip', 'cw-i0a010001', 'cw-i0a010009']);
    services.push(await echo(vip, () => {}));
    expect(await served()).toBe('word');
    expect(await pods()).toBe('word');
    // Nobody but a director reaches the VIP by our devices; by his own the node reaches what its owner lets it.
    const [device] = JSON.parse(await here('ip -j -s link show dev cw-i0a010001'));
    expect(device.stats64.rx.packets).toBeGreaterThan(0);

    // He goes: one device serves all again. He comes back, and has his packets again.
    await here('ip link set tunl9 down');
    expect(await bring()).toEqual(['cw-ipip']);
    expect(await served()).toBe('word');
    await here('ip link set tunl9 up');
    await here(`ip route replace ${farPod}/32 via 10.2.0.1 dev tunl9 onlink`);
    expect(await bring()).toEqual(['cw-vip', 'cw-i0a010001', 'cw-i0a010009']);
    expect(await served()).toBe('word');
    expect(await pods()).toBe('word');

    expect(await cleanup(host, ledger)).toEqual([]);
    expect(ledger.made()).toEqual(emptyHostState);
    expect(await hostSnapshot()).toBe(before);
    expect(await pods()).toBe('word');
    expect(await served()).toBe('');
  });
});
