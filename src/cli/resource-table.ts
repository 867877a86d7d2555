/** Resources as tables, one a kind. */
import {
  type Override,
  type RealServer,
  type Resource,
  type ResourceKind,
  resourceKinds,
  type Service,
  type Settings,
  type Site,
  subjectTitles,
} from '../domain/resource.ts';
import { portText } from '../domain/snapshot.ts';
import { shareText } from '../resource/share-text.ts';
import { age } from './age.ts';
import { table } from './table.ts';

/** A table for each kind that occurs, a blank line between them. `nowMs`: since the epoch, for what is left of a time. */
export function resourceTables(resources: readonly Resource[], nowMs: number): string {
  return resourceKinds
    .map((kind) => kindTable(kind, resources, nowMs))
    .filter((text) => text !== '')
    .join('\n');
}

function kindTable(kind: ResourceKind, resources: readonly Resource[], nowMs: number): string {
  const rows = resources.filter((resource) => resource.kind === kind).map((resource) => row(resource, nowMs));
  return rows.length === 0 ? '' : table(headers[kind], rows);
}

const headers: Readonly<Record<ResourceKind, readonly string[]>> = {
  Site: ['site', 'tunnel'],
  Service: ['service', 'vips', 'ports', 'selector', 'scheduler', 'forwarding', 'placement', 'sites'],
  RealServer: ['real server', 'weight', 'drain'],
  Override: ['override', 'kind', 'subject', 'services', 'owner', 'reason', 'left'],
  Settings: ['settings', 'services removed at most', 'destinations removed at most', 'operators'],
};

function row(resource: Resource, nowMs: number): readonly string[] {
  switch (resource.kind) {
    case 'Site':
      return siteRow(resource);
    case 'Service':
      return serviceRow(resource);
    case 'RealServer':
      return realServerRow(resource);
    case 'Override':
      return overrideRow(resource, nowMs);
    case 'Settings':
      return settingsRow(resource);
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

function overrideRow(override: Override, nowMs: number): readonly string[] {
  const { name, subject, services, owner, reason, expiresAtMs } = override;
  return [
    name,
    orderText(override),
    `${subjectTitles[subject.kind]} ${subject.name}`,
    services.length === 0 ? 'all' : services.join(','),
    owner,
    reason,
    expiresAtMs > nowMs ? age(expiresAtMs - nowMs) : 'expired',
  ];
}

function settingsRow({ name, removal, operators }: Settings): readonly string[] {
  return [
    name,
    shareText(removal.servicesPermille),
    shareText(removal.destinationsPermille),
    operators.map((one) => one.name).join(','),
  ];
}

function orderText({ order }: Override): string {
  switch (order.kind) {
    case 'freeze':
    case 'drain':
      return order.kind;
    case 'pin':
      return `pin ${shareText(order.sharePermille)}`;
    case 'cap':
      return `cap ${order.connections}`;
    case 'bias':
      return `bias ${order.biasMs} ms`;
  }
}
