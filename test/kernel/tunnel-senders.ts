// Others at the far ends of tunnels to this test's namespace, and what answers them here.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { here } from './host-tools.ts';
import { run } from './namespace.ts';
import { deadlineSeconds } from './pace.ts';

export const port = 9000;

/** Answers with what it is sent, from the address it was sent to. */
export async function echo(address: string, onMessage: () => void): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    onMessage();
    socket.send(message, from.port, from.address);
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  return socket;
}

/** A sender at 10.NET.0.1 that reaches `targets` through tunnels to the real server, at 10.NET.0.2. */
export async function connect(namespace: string, device: string, net: number, from: string): Promise<void> {
  await here(`ip link add ${device} type veth peer name eth0 netns ${namespace}`);
  await here(`ip addr add 10.${net}.0.2/24 dev ${device}`);
  await here(`ip link set ${device} up`);
  await here(`ip route add ${from}/32 via 10.${net}.0.1`);
  const far = (line: string) => run(namespace, line.split(' '));
  await far('sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0');
  // A GRE device would send router solicitations through the tunnel, and packets are counted here.
  await far('sysctl -qw net.ipv6.conf.default.disable_ipv6=1');
  await far('ip link set eth0 up');
  await far(`ip addr add 10.${net}.0.1/24 dev eth0`);
  await far(`ip addr add ${from}/32 dev lo`);
  for (const type of ['ipip', 'gre']) {
    await far(`ip link add by-${type} type ${type} local 10.${net}.0.1 remote 10.${net}.0.2`);
    await far(`ip link set by-${type} up`);
  }
}

/** Sends one datagram through a tunnel; the answer, or nothing within its time. */
export async function ask(
  namespace: string,
  type: string,
  from: string,
  to: string,
  word = 'word',
): Promise<string> {
  await run(namespace, `ip route replace ${to}/32 dev by-${type} src ${from}`.split(' '));
  const script = `exec 3<>/dev/udp/${to}/${port}; echo ${word} >&3; timeout ${deadlineSeconds(2)} head -n 1 <&3 || true`;
  return (await run(namespace, ['bash', '-c', script])).trim();
}
