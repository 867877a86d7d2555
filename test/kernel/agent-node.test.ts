// A node of Kubernetes as a real server: somebody else's rules send the VIP's port on to a pod. The agent has what its container has:
// one capability, and settings of the kernel that are read-only but where the host's are mounted.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { DirectorSnapshot, RealServerSnapshot } from '../../src/domain/snapshot.ts';
import {
  type Agent,
  addresses,
  directorSnapshot,
  placeSnapshot,
  realServerSnapshot,
  signed,
  startAgent,
  until,
  vip,
  wire,
} from './agent-network.ts';
import { inside, run, runHere, withNamespaces } from './namespace.ts';
import { deadline, deadlineSeconds } from './pace.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-node-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pod = '10.244.1.2';
const gateway = '10.244.1.1';
/** A Service's healthCheckNodePort, where kube-proxy tells whether a pod of this node is ready. */
const healthPort = 31_780;

/** As kube-proxy makes it for externalTrafficPolicy Local, in the hooks and at the priorities that it uses. */
const kubeProxy = `
table ip kube-proxy {
  chain prerouting {
    type nat hook prerouting priority dstnat
    ip daddr ${vip} tcp dport 80 dnat to ${pod}:8080
  }
  chain output {
    type nat hook output priority -100
    ip daddr ${vip} tcp dport 80 fib saddr type local meta mark set meta mark or 0x4000 dnat to ${pod}:8080
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
    meta mark & 0x4000 == 0x4000 meta mark set meta mark xor 0x4000 masquerade
  }
}
table ip look {
  chain knocks {
    type filter hook prerouting priority mangle
    ip saddr ${addresses.director} ip daddr ${vip} tcp dport 80 tcp flags & (syn | ack) == syn counter comment "from the director"
  }
}
`;

/** What the client's side is told of the largest segment: 1500 less the tunnel's and the packet's own headers. */
const segmentCounter = `
table ip look {
  chain forward {
    type filter hook forward priority filter
    ip saddr ${vip} tcp flags & (syn | ack) == syn | ack tcp option maxseg size 1440 counter comment "fits"
    ip saddr ${vip} tcp flags & (syn | ack) == syn | ack tcp option maxseg size > 1440 counter comment "too large"
  }
}
`;

test('what a node forwards to a pod is served through the tunnel, checked and knocked at', {
  timeout: deadline(300_000),
}, async () => {
  await withNamespaces(
    ['rt', 'cl', 'di', 'nd', 'sp', 'po'],
    async (router, client, director, node, spare, inPod) => {
      await wire(router, { client, director, first: node, second: spare });
      await addPod(node, inPod);
      await loadRules(node, kubeProxy);
      await loadRules(router, segmentCounter);

      const places = {
        director: { role: 'director', name: 'director', namespace: director, folder },
        first: { role: 'realserver', name: 'first', namespace: node, folder, ...likeItsContainer() },
      } as const;
      const { checksum: _, services, realServers, ...director1 } = directorSnapshot();
      const onlyFirst = services.map((service) => ({
        ...service,
        destinations: service.destinations.filter(({ realServer }) => realServer === 'first'),
      }));
      placeSnapshot(
        places.director,
        signed<DirectorSnapshot>({
          ...director1,
          services: onlyFirst,
          realServers: realServers.filter(({ name }) => name === 'first'),
        }),
      );
      const { checksum: __, ...nodeSnapshot } = realServerSnapshot('ipip');
      placeSnapshot(
        places.first,
        signed<RealServerSnapshot>({
          ...nodeSnapshot,
          services: nodeSnapshot.services.map((service) => ({
            ...service,
            health: { ...service.health, port: healthPort, path: '/healthz' },
          })),
        }),
      );

      const application = startWeb(inPod, 'pod', 8_080, 'index.html');
      const health = startWeb(node, 'health', healthPort, 'healthz');
      const programs = [application, health];
      const agents: Agent[] = [startAgent(places.director), startAgent(places.first)];
      try {
        const table = () => run(director, ['ipvsadm', '-Sn']);
        const carries = (weight: number) => async () =>
          (await table()).includes(`-r ${addresses.first}:80 -i -w ${weight} --tun-type ipip`)
            ? true
            : undefined;
        await until('it carries', carries(100), 90_000);
        expect(await ask(client)).toBe('pod\n');
        // The pod sees who asks, and the client is told what fits through the tunnel, though a pod knows nothing of one.
        expect(readFileSync(logOf('pod'), 'utf8')).toContain(addresses.client);
        expect(await counted(router, 'look', 'fits')).toBeGreaterThan(0);
        expect(await counted(router, 'look', 'too large')).toBe(0);

        // No pod of this node is ready any more: kube-proxy says so, while what the host itself asks of the VIP is still answered.
        rmSync(join(folder, 'health', 'healthz'));
        await until('it carries no more', carries(0));
        expect(await run(node, ['curl', '-s', '-m', deadlineSeconds(5), `http://${vip}/`])).toBe('pod\n');
        writeFileSync(join(folder, 'health', 'healthz'), 'health\n');
        await until('it carries again', carries(100));

        // As a rolling update leaves it for a while: directors ask the pod itself, by a handshake.
        await agents[1]?.kill('SIGKILL');
        const knocks = await counted(node, 'look', 'from the director');
        await until('the pod is knocked at', async () =>
          (await counted(node, 'look', 'from the director')) > knocks + 5 ? true : undefined,
        );
        expect(await carries(100)()).toBe(true);
        expect(await ask(client)).toBe('pod\n');
      } finally {
        for (const agent of agents) await agent.kill('SIGKILL');
        for (const program of programs) program.kill('SIGKILL');
      }
    },
  );
});

/** As the DaemonSet starts it: see deploy/kubernetes/realserver.yaml. */
function likeItsContainer() {
  const settings = join(folder, 'proc', 'sys');
  mkdirSync(join(settings, 'net'), { recursive: true });
  const mounts = [
    `mount --bind /proc/sys/net ${settings}/net`,
    'mount --bind /proc/sys /proc/sys',
    'mount -o remount,bind,ro /proc/sys',
    'exec setpriv --inh-caps=-all --bounding-set=-all,+net_admin -- "$@"',
  ].join(' && ');
  return {
    within: ['unshare', '--mount', 'sh', '-c', mounts, 'sh'],
    flags: ['--sysctl-dir', settings],
  } as const;
}

async function addPod(node: string, inPod: string): Promise<void> {
  await runHere([
    'ip',
    'link',
    'add',
    'pod0',
    'netns',
    node,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    inPod,
  ]);
  for (const [namespace, device, address] of [
    [node, 'pod0', gateway],
    [inPod, 'eth0', pod],
  ] as const) {
    await run(namespace, ['ip', 'link', 'set', device, 'addrgenmode', 'none']);
    await run(namespace, ['ip', 'address', 'add', `${address}/24`, 'dev', device]);
    await run(namespace, ['ip', 'link', 'set', device, 'up']);
  }
  await run(inPod, ['ip', 'route', 'add', 'default', 'via', gateway]);
  await run(node, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
}

async function loadRules(namespace: string, rules: string): Promise<void> {
  const file = join(folder, 'rules.nft');
  writeFileSync(file, rules);
  await run(namespace, ['nft', '-f', file]);
}

/** Packets of the rule with that comment. */
async function counted(namespace: string, table: string, comment: string): Promise<number> {
  const rules = await run(namespace, ['nft', 'list', 'table', 'ip', table]);
  const rule = rules.split('\n').find((line) => line.includes(`comment "${comment}"`)) ?? '';
  return Number(/counter packets (\d+)/.exec(rule)?.[1]);
}

function ask(client: string): Promise<string> {
  return run(client, ['curl', '-s', '-m', deadlineSeconds(5), `http://${vip}/`]);
}

function logOf(name: string): string {
  return join(folder, `${name}.said`);
}

/** Serves one file that holds its name. */
function startWeb(namespace: string, name: string, port: number, file: string): ChildProcess {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, file), `${name}\n`);
  const [program = '', ...words] = inside(namespace, [
    'busybox',
    'httpd',
    '-f',
    '-v',
    '-p',
    `${port}`,
    '-h',
    home,
  ]);
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr?.on('data', (chunk: Buffer) => appendFileSync(logOf(name), chunk));
  return child;
}
