/** Resources as tables, one a kind. */
import {
  type RealServer,
  type Resource,
  type ResourceKind,
  resourceKinds,
  type Service,
  type Site,
} from '../domain/resource.ts';
import { portText } from '../domain/snapshot.ts';
import { table } from './table.ts';

/** A table for each kind that occurs, a blank line between them. */
export function resourceTables(resources: readonly Resource[]): string {
  return resourceKinds
    .map((kind) => kindTable(kind, resources))
    .filter((text) => text !== '')
    .join('\n');
}

function kindTable(kind: ResourceKind, resources: readonly Resource[]): string {
  const rows = resources.filter((resource) => resource.kind === kind).map(row);
  return rows.length === 0 ? '' : table(headers[kind], rows);
}

const headers: Readonly<Record<ResourceKind, readonly string[]>> = {
  Site: ['site', 'tunnel'],
  Service: ['service', 'vips', 'ports', 'selector', 'scheduler', 'forwarding', 'placement', 'sites'],
  RealServer: ['real server', 'weight', 'drain'],
};

function row(resource: Resource): readonly string[] {
  switch (resource.kind) {
    case 'Site':
      return siteRow(resource);
    case 'Service':
      return serviceRow(resource);
    case 'RealServer':
      return realServerRow(resource);
  }
}

function siteRow(site: Site): readonly string[] {
  return [site.name, site.tunnel];
}

function serviceRow(service: Service): readonly string[] {
  const selector = Object.entries(service.selector).map(([key, value]) => `${key}=${value}`);
  return [
    service.name,
    service.vips.join(','),
    service.ports.map(portText).join(','),
    selector.join(','),
    service.scheduler,
    service.forwarding,
    service.placement,
    service.sites.length === 0 ? 'all' : service.sites.join(','),
  ];
}

function realServerRow(server: RealServer): readonly string[] {
  return [server.name, String(server.weight), server.drain ? 'yes' : 'no'];
}
