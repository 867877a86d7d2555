/** Where on this host directors' probes and knocks arrive. */
import type { RealServerSnapshot } from '../../src/domain/snapshot.ts';
import { isTranslated } from '../../src/plan/real-server-host.ts';
import { vipsOf } from '../../src/plan/vips.ts';

export interface ProbeEnd {
  readonly address: string;
  /** A director changes the destination to this address: which VIP was asked stands in the datagram alone. */
  readonly isTranslated: boolean;
}

/** Each VIP, and the server's own address where a director translates to it. */
export function probeEnds(
  snapshot: Pick<RealServerSnapshot, 'services' | 'directors'>,
  ownAddress: string,
): ProbeEnd[] {
  const isRewritten = snapshot.directors.some(({ forwarding }) => forwarding === 'masquerade');
  const vips = isTranslated(snapshot) ? [] : vipsOf(snapshot);
  return [
    ...vips.map((address) => ({ address, isTranslated: false })),
    ...(isRewritten ? [{ address: ownAddress, isTranslated: true }] : []),
  ];
}
