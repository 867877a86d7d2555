/** Where on this host the clients of its services arrive. */
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';
import type { LocalEnd } from '../../src/kernel/sockets/tcp-sockets.ts';
import { isTranslated } from '../../src/plan/real-server-host.ts';
import { networkOf } from '../../src/plan/vips.ts';

/** At the VIPs, and at the server's own address where a director translates to it. TCP alone: nothing else has connections. */
export function localEnds(
  snapshot: Pick<RealServerSnapshot, 'services' | 'directors'>,
  address: string,
): LocalEnd[] {
  const isRewritten = snapshot.directors.some(({ forwarding }) => forwarding === 'masquerade');
  const addressed = !isTranslated(snapshot);
  return snapshot.services.flatMap(({ vips, ports, networks = [] }) =>
    ports
      .filter(({ protocol }) => protocol === 'tcp')
      .flatMap(({ port, lastPort, targetPort }) => {
        const range = lastPort === undefined ? {} : { lastPort };
        return [
          ...(addressed
            ? vips.map((vip) => ({ address: networkOf({ networks }, vip) ?? vip, port, ...range }))
            : []),
          ...(isRewritten ? [{ address, port: targetPort, ...range }] : []),
        ];
      }),
  );
}
