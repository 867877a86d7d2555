/** How things are named in the store. One table, so that no two records can share a key. */
import type { Asked } from '../domain/asked.ts';
import type { Denial } from '../domain/denial.ts';
import type { ResourceId, ResourceKind } from '../domain/resource.ts';
import type { AgentRole } from '../domain/role.ts';
import { livePrefix } from './store.ts';

export const resourcePrefix = 'resources/';
export const memberPrefix = 'members/';
export const slotPrefix = 'probe-slots/';
export const latencyPrefix = 'latency/';
export const returnPathPrefix = 'return-paths/';
export const deletedServicePrefix = 'deleted-services/';
export const flowsPrefix = 'flows/';
export const probeKeyKey = 'probe-key';
export const probeSecretsKey = 'probe-secrets';
/** Written to see whether anything can be. */
export const diskCheckKey = 'disk-check';
export const askedPrefix = 'asked/';
export const historyPrefix = 'history/';
export const handoverPrefix = 'handovers/';
export const denialPrefix = 'denials/';

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

/** Padded to what the first slots had. */
export function slotKey(slot: number): string {
  return `${slotPrefix}${String(slot).padStart(4, '0')}`;
}

export function latencyKey(from: string, to: string): string {
  return `${latencyPrefix}${segment(from)}/${segment(to)}`;
}

export function returnPathKey(realServer: string): string {
  return `${returnPathPrefix}${segment(realServer)}`;
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

export function denialKey({ subject }: Pick<Denial, 'subject'>): string {
  return `${denialPrefix}${segment(subject)}`;
}

export function askedKey({ subject, name }: Pick<Asked, 'subject' | 'name'>): string {
  return `${askedPrefix}${subject}/${segment(name)}`;
}

/** Of the revision itself; padded, so that they are listed in their order. */
export function revisionKey(number: number): string {
  return `${historyPrefix}${String(number).padStart(10, '0')}`;
}

/** Of what it did, which may be more than one record holds; parts count from 1. */
export function revisionPartKey(number: number, part: number): string {
  return `${revisionPartPrefix(number)}${String(part).padStart(4, '0')}`;
}

export function revisionPartPrefix(number: number): string {
  return `${revisionKey(number)}/`;
}

/** The revision that a key of the history, be it damaged or not, is of; undefined for any other key. */
export function revisionOfKey(key: string): number | undefined {
  const digits = key.startsWith(historyPrefix) ? key.slice(historyPrefix.length).split('/', 1)[0] : undefined;
  return digits !== undefined && /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

export const weightsPrefix = 'weights/';
export const leaderMemoryKey = 'leader-memory';
export const estimatesPrefix = 'estimates/';

export function estimatesKey(part: string): string {
  return `${estimatesPrefix}${segment(part)}`;
}

export function weightsKey(service: string, site: string): string {
  return `${weightsPrefix}${segment(service)}/${segment(site)}`;
}

export const coordinatorPrefix = `${livePrefix}coordinators/`;

/** Where a coordinator says where it is, for as long as it lives. */
export function coordinatorKey(name: string): string {
  return `${coordinatorPrefix}${segment(name)}`;
}

/** Where all stand who campaign for anything. */
export const campaignPrefix = `${livePrefix}campaigns/`;

/** The name that is campaigned for with this key; undefined where it is none of those. */
export function campaignOf(key: string): string | undefined {
  if (!key.startsWith(campaignPrefix)) return undefined;
  const [name] = key.slice(campaignPrefix.length).split('/');
  return name === undefined ? undefined : decodeURIComponent(name);
}

/** Where those stand who campaign for a name. */
export function candidatesPrefix(name: string): string {
  return `${campaignPrefix}${segment(name)}/`;
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
