/** When two entries of IPVS say the same. */
import { type Destination, destinationId, plainTunnel, type VirtualService } from '../domain/ipvs-table.ts';
import { tunnelFacts } from '../domain/tunnel.ts';
import { remembered } from './remembered.ts';

/** Everything but the key. */
export function sameServiceSettings(a: VirtualService, b: VirtualService): boolean {
  return (
    a.scheduler === b.scheduler &&
    a.schedulerFlags.fallback === b.schedulerFlags.fallback &&
    a.schedulerFlags.port === b.schedulerFlags.port &&
    a.persistenceSeconds === b.persistenceSeconds &&
    // The kernel keeps a network of its own making where nothing persists.
    (a.persistenceSeconds === 0 || a.persistencePrefix === b.persistencePrefix) &&
    a.onePacket === b.onePacket
  );
}

/** Everything but address and port. A tunnel's attributes count only where packets are tunnelled, its port only where its packets bear one. */
export function sameDestinationSettings(a: Destination, b: Destination): boolean {
  return a.weight === b.weight && sameThresholds(a, b) && sameWay(a, b);
}

export function sameThresholds(a: Destination, b: Destination): boolean {
  return (
    a.thresholds === b.thresholds ||
    (a.thresholds?.upper === b.thresholds?.upper && a.thresholds?.lower === b.thresholds?.lower)
  );
}

export function sameWay(a: Destination, b: Destination): boolean {
  if (a.forwarding !== b.forwarding) return false;
  if (a.forwarding !== 'tunnel') return true;
  const left = a.tunnel ?? plainTunnel;
  const right = b.tunnel ?? plainTunnel;
  if (left.type !== right.type || left.checksum !== right.checksum) return false;
  return tunnelFacts(left.type).port === 0 || left.port === right.port;
}

/** Of a list that never changes: what is compared is compared again and again. */
export function destinationsById<One extends Destination>(
  destinations: readonly One[],
): ReadonlyMap<string, One> {
  // What is known of a list holds its own elements, of whatever more than a destination they are.
  return byId(destinations) as ReadonlyMap<string, One>;
}

const byId = remembered(
  (destinations: readonly Destination[]): ReadonlyMap<string, Destination> =>
    new Map(destinations.map((destination) => [destinationId(destination), destination])),
);
