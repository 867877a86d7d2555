/** keepalived's side: what a careful operator gives it, and what he does by hand on its hosts. */
import { inNamespace } from '../../../src/lab/command.ts';
import type { Launcher } from '../../../src/lab/launcher.ts';
import { addressOf, directors, realServers, vips } from './network.ts';

/** The tunnel device of keepalived's real servers. */
export const tunnelDevice = 'tun0';
/** The quickest that it can look: every second, and a second for the handshake. */
export const keepalivedSettings = { delayLoopSeconds: 1, connectTimeoutSeconds: 1 } as const;

/** `retries`: failures after the first one before it believes them, a second apart; 1 is keepalived's own default. */
export function keepalivedConfiguration(retries: number): string {
  const { delayLoopSeconds, connectTimeoutSeconds } = keepalivedSettings;
  const real = realServers.keepalived.map(
    (name) => `
  real_server ${addressOf(name)} 80 {
    weight 100
    TCP_CHECK {
      connect_timeout ${connectTimeoutSeconds}
      retry ${retries}
      delay_before_retry 1
    }
  }`,
  );
  return `global_defs {
  router_id bench
}
virtual_server ${vips.keepalived} 80 {
  delay_loop ${delayLoopSeconds}
  lb_algo wrr
  lb_kind TUN
  protocol TCP${real.join('')}
}
`;
}

/** The VIP on all three hosts, and the tunnel device under it on the real servers. */
export async function prepareKeepalivedHosts(launcher: Launcher): Promise<void> {
  const batch = (namespace: string, lines: readonly string[]): Promise<string> =>
    launcher.run(inNamespace('ip', namespace, '-batch', '-'), {
      input: lines.map((line) => `${line}\n`).join(''),
    });
  await batch(directors.keepalived, [`address add ${vips.keepalived}/32 dev lo`]);
  for (const name of realServers.keepalived) {
    await batch(name, [
      `link add name ${tunnelDevice} type ipip local ${addressOf(name)}`,
      `address add ${vips.keepalived}/32 dev ${tunnelDevice}`,
      `link set dev ${tunnelDevice} up`,
    ]);
  }
}
