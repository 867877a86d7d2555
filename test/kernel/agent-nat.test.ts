// LVS/NAT as the agents make it: the port changes on the way there, the reply comes back through the director.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { DirectorSnapshot, RealServerSnapshot } from '../../src/domain/snapshot.ts';
import {
  type Agent,
  addresses,
  cleanUp,
  envelope,
  placeSnapshot,
  realServerSnapshot,
  signed,
  startAgent,
  traces,
  until,
  vip,
} from './agent-network.ts';
import { inside, run, runHere, withNamespaces } from './namespace.ts';
import { deadline, deadlineSeconds } from './pace.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-nat-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const service = {
  name: 'web',
  vips: [vip],
  ports: [{ protocol: 'tcp', port: 80, targetPort: 8_080 }],
} as const;

test('a VIP whose port is changed on its way to a real server behind the director', {
  timeout: deadline(200_000),
}, async () => {
  await withNamespaces(['cl', 'di', 'rs'], async (client, director, realServer) => {
    await link(client, 'eth0', `${addresses.client}/24`, director, 'outside', '10.9.0.1/24');
    await link(realServer, 'eth0', `${addresses.first}/24`, director, 'eth0', '10.2.0.1/24');
    // The DIP is an address of the director's inner side; the real server's way out leads through it.
    await run(director, ['ip', 'address', 'add', `${addresses.director}/32`, 'dev', 'eth0']);
    await run(client, ['ip', 'route', 'add', 'default', 'via', '10.9.0.1']);
    // Without any route to the VIP the kernel sends no probe, whatever its mark.
    await run(director, ['ip', 'route', 'add', 'default', 'via', addresses.client]);
    await run(realServer, ['ip', 'route', 'add', 'default', 'via', '10.2.0.1']);

    const places = {
      director: { role: 'director', name: 'director', namespace: director, folder },
      first: { role: 'realserver', name: 'first', namespace: realServer, folder },
    } as const;
    const before = [await traces(director), await traces(realServer)];
    placeSnapshot(
      places.director,
      signed<DirectorSnapshot>({
        kind: 'director',
        ...envelope,
        services: [
          {
            ...service,
            scheduler: 'wrr',
            persistenceSeconds: 0,
            drainSeconds: 0,
            withdrawn: false,
            destinations: [{ realServer: 'first', tier: 0, weight: 100, drained: false }],
          },
        ],
        realServers: [
          {
            name: 'first',
            site: 'first',
            address: addresses.first,
            probeSlot: 1,
            forwarding: 'masquerade',
            tunnel: 'ipip',
          },
        ],
      }),
    );
    const { checksum: _, ...tunnelled } = realServerSnapshot('ipip');
    placeSnapshot(
      places.first,
      signed<RealServerSnapshot>({
        ...tunnelled,
        services: tunnelled.services.map((each) => ({ ...each, ...service })),
        directors: [{ name: 'director', address: addresses.director, forwarding: 'masquerade' }],
      }),
    );
    const application = startApplication(realServer);
    const agents: Agent[] = [startAgent(places.director), startAgent(places.first)];
    try {
      const table = () => run(director, ['ipvsadm', '-Sn']);
      const forwarded = `-r ${addresses.first}:8080 -m -w 100`;
      await until('it carries', async () => ((await table()).includes(forwarded) ? true : undefined), 90_000);
      expect(await run(client, ['curl', '-s', '-m', deadlineSeconds(5), `http://${vip}/`])).toBe(
        'translated\n',
      );
      // Under NAT a real server has neither VIP nor tunnel.
      expect(await run(realServer, ['ip', 'address'])).not.toContain(vip);
      application.kill('SIGKILL');
      await until('it carries no more', async () => ((await table()).includes(forwarded) ? undefined : true));
      await Promise.all(agents.map((agent) => agent.kill('SIGTERM')));
      await Promise.all(Object.values(places).map(cleanUp));
      expect([await traces(director), await traces(realServer)]).toEqual(before);
    } finally {
      for (const agent of agents) await agent.kill('SIGKILL');
      application.kill('SIGKILL');
    }
  });
});

async function link(
  a: string,
  near: string,
  nearAddress: string,
  b: string,
  far: string,
  farAddress: string,
) {
  await runHere(['ip', 'link', 'add', near, 'netns', a, 'type', 'veth', 'peer', 'name', far, 'netns', b]);
  for (const [namespace, device, address] of [
    [a, near, nearAddress],
    [b, far, farAddress],
  ] as const) {
    await run(namespace, ['ip', 'address', 'add', address, 'dev', device]);
    // A link-local address takes its second of detection, and would be found between before and after.
    await run(namespace, ['ip', 'link', 'set', device, 'addrgenmode', 'none']);
    await run(namespace, ['ip', 'link', 'set', device, 'up']);
  }
}

function startApplication(namespace: string): ChildProcess {
  const home = join(folder, 'www');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'index.html'), 'translated\n');
  const [program = '', ...words] = inside(namespace, ['busybox', 'httpd', '-f', '-p', '8080', '-h', home]);
  return spawn(program, words, { stdio: 'ignore' });
}
