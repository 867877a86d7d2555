/** How things are named in the store. One table, so that no two records can share a key. */
import type { Asked } from '../domain/asked.ts';
import type { ResourceId, ResourceKind } from '../domain/resource.ts';
import type { AgentRole } from '../domain/role.ts';
import { livePrefix } from './store.ts';

export const resourcePrefix = 'resources/';
export const memberPrefix = 'members/';
export const slotPrefix = 'probe-slots/';
export const latencyPrefix = 'latency/';
export const deletedServicePrefix = 'deleted-services/';
export const flowsPrefix = 'flows/';
export const probeKeyKey = 'probe-key';
/** Written to see whether anything can be. */
export const diskCheckKey = 'disk-check';
export const askedPrefix = 'asked/';
export const handoverPrefix = 'handovers/';

export function resourceKey({ kind, name }: ResourceId): string {
  return `${resourceKindPrefix(kind)}${segment(name)}`;
}

/** Prefix of all resources of a kind, or of every kind. */
export function resourceKindPrefix(kind?: ResourceKind): string {
  return kind === undefined ? resourcePrefix : `${resourcePrefix}${kind}/`;
}

export function memberKey(role: AgentRole, name: string): string {
  return `${memberPrefix}${role}/${segment(name)}`;
}

/** Padded, so that slots are listed in their order. */
export function slotKey(slot: number): string {
  return `${slotPrefix}${String(slot).padStart(4, '0')}`;
}

export function latencyKey(from: string, to: string): string {
  return `${latencyPrefix}${segment(from)}/${segment(to)}`;
}

export function flowsKey(service: string): string {
  return `${flowsPrefix}${segment(service)}`;
}

export function deletedServiceKey(name: string): string {
  return `${deletedServicePrefix}${segment(name)}`;
}

export function handoverKey({ kind, name }: ResourceId): string {
  return `${handoverPrefix}${kind}/${segment(name)}`;
}

export function askedKey({ subject, name }: Pick<Asked, 'subject' | 'name'>): string {
  return `${askedPrefix}${subject}/${segment(name)}`;
}

/** Where those stand who campaign for a name. */
export function candidatesPrefix(name: string): string {
  return `${livePrefix}campaigns/${segment(name)}/`;
}

export function candidateKey(name: string, lease: string): string {
  return `${candidatesPrefix(name)}${segment(lease)}`;
}

/** The epoch of the last who won the name. */
export function epochKey(name: string): string {
  return `epochs/${segment(name)}`;
}

/** Names are free text here: a `/` in one must not reach into another's folder. */
function segment(name: string): string {
  return encodeURIComponent(name);
}
