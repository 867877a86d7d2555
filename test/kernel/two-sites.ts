// The three hosts of README's first service, their two sites, and a client that is none of them.
import { run, runHere } from './namespace.ts';

/** Site fra is one link with director and real server on it; lon is another; the client is elsewhere. */
export async function wireSites(
  hosts: Readonly<Record<'client' | 'router' | 'director' | 'near' | 'far', string>>,
) {
  const { router } = hosts;
  await run(router, ['ip', 'link', 'add', 'fra', 'type', 'bridge']);
  const wires = [
    { host: hosts.client, address: '203.0.113.7/24', gateway: '203.0.113.1', port: 'client' },
    { host: hosts.director, address: '10.1.0.2/24', gateway: '10.1.0.1', port: 'fra-d1', bridge: 'fra' },
    { host: hosts.near, address: '10.1.0.11/24', gateway: '10.1.0.1', port: 'fra-r1', bridge: 'fra' },
    { host: hosts.far, address: '10.2.0.11/24', gateway: '10.2.0.1', port: 'lon' },
  ];
  for (const { host, address, gateway, port, bridge } of wires) {
    const peer = ['type', 'veth', 'peer', 'name', port, 'netns', router];
    await runHere(['ip', 'link', 'add', 'eth0', 'netns', host, ...peer]);
    await run(host, ['ip', 'address', 'add', address, 'dev', 'eth0']);
    await run(host, ['ip', 'link', 'set', 'eth0', 'up']);
    if (bridge === undefined) await run(router, ['ip', 'address', 'add', `${gateway}/24`, 'dev', port]);
    else await run(router, ['ip', 'link', 'set', port, 'master', bridge]);
    await run(router, ['ip', 'link', 'set', port, 'up']);
    await run(host, ['ip', 'route', 'add', 'default', 'via', gateway]);
  }
  await run(router, ['ip', 'address', 'add', '10.1.0.1/24', 'dev', 'fra']);
  await run(router, ['ip', 'link', 'set', 'fra', 'up']);
  await run(router, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
}
