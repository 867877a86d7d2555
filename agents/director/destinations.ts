/** What each destination carried, from the kernel's table as last read. Pure. */
import { familyOf } from '../../src/domain/address.ts';
import { destinationId, type ServiceState, serviceId } from '../../src/domain/ipvs-table.ts';
import type { DestinationReport } from '../../src/domain/report.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { destinationTo } from '../../src/plan/destination.ts';

/** One report for each destination of each service, summed over the service's VIPs and ports; the weight is the largest. */
export function destinationReports(
  snapshot: DirectorSnapshot,
  actual: readonly ServiceState[],
): DestinationReport[] {
  const present = new Map(
    actual.map(({ service, destinations }) => [
      serviceId(service.key),
      new Map(destinations.map((destination) => [destinationId(destination), destination])),
    ]),
  );
  const realServers = new Map(snapshot.realServers.map((realServer) => [realServer.name, realServer]));
  return snapshot.services.flatMap((service) =>
    service.destinations.map(({ realServer: name }): DestinationReport => {
      let report: DestinationReport = {
        service: service.name,
        realServer: name,
        weight: -1,
        activeConnections: 0,
        connections: 0,
        bytesIn: 0,
      };
      const realServer = realServers.get(name);
      if (realServer === undefined) return report;
      for (const vip of service.vips) {
        for (const { protocol, port, targetPort } of service.ports) {
          const destination = destinationTo(realServer, familyOf(vip), targetPort, 0);
          if (destination === undefined) continue;
          const key = serviceId({ kind: 'address', protocol, address: vip, port });
          const found = present.get(key)?.get(destinationId(destination));
          if (found === undefined) continue;
          report = {
            ...report,
            weight: Math.max(report.weight, found.weight),
            activeConnections: report.activeConnections + found.activeConnections,
            connections: report.connections + found.counters.connections,
            bytesIn: report.bytesIn + found.counters.bytesIn,
          };
        }
      }
      return report;
    }),
  );
}
