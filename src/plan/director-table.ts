/** The IPVS table that a director must have: its snapshot, as far as health lets it. */
import {
  type Destination,
  type IpvsTable,
  type ServiceEntry,
  schedulerFacts,
  schedulers,
  serviceId,
  type VirtualServiceKey,
} from '../domain/ipvs-table.ts';
import { isProbeMark } from '../domain/probe.ts';
import { isServiceMark } from '../domain/service-mark.ts';
import { atOnce, type Steps } from '../domain/steps.ts';
import { directorIndexSteps, type PlannedDestination, type PlannedService } from './director-index.ts';
import { type Drains, drainId, noDrains } from './drains.ts';
import { type Candidate, effectiveWeights, type HealthView, isServable } from './effective-weight.ts';
import { destinationsById } from './ipvs-compare.ts';
import { probeServices } from './probe-services.ts';
import type { DirectorContent } from './snapshots.ts';

export type { HealthView } from './effective-weight.ts';

/** By the id of each virtual service: whether something of it can be served from here. */
export type Served = ReadonlyMap<string, boolean>;

export interface DirectorPlan {
  readonly table: IpvsTable;
  readonly served: Served;
  /** VIPs of which something can be served from here now; those withdrawn are not among them. */
  readonly servable: ReadonlySet<string>;
}

/** A decision about some virtual services alone. */
export interface PlanPart {
  readonly ids: ReadonlySet<string>;
  /** What the last plan of this snapshot said of the others. */
  readonly served: Served;
}

export function directorTable(
  snapshot: DirectorContent,
  health: HealthView,
  actual: IpvsTable,
  drains: Drains = noDrains,
): IpvsTable {
  return directorPlan(snapshot, health, actual, drains).table;
}

/**
 * A virtual service for every VIP and port, or all ports of a range's protocol, by address, protocol and port, its destinations by address; then the probe services.
 * `actual` matters only for what is unknown or drained: where nothing is known, the result is what the kernel has already. With
 * `part` the table has those virtual services alone.
 */
export function directorPlan(...of: Parameters<typeof directorPlanSteps>): DirectorPlan {
  return atOnce(directorPlanSteps(...of));
}

/** The same, yielding between virtual services; each is as health stood when its turn came. */
export function* directorPlanSteps(...of: Parameters<typeof addressPlan>): Steps<DirectorPlan> {
  const [snapshot, , , , part] = of;
  const plan = yield* addressPlan(...of);
  return part === undefined ? { ...plan, table: plan.table.concat(probeServices(snapshot)) } : plan;
}

/** Without the probe services, which all services of a real server decide about together. */
export function* addressPlan(
  snapshot: DirectorContent,
  health: HealthView,
  actual: IpvsTable,
  drains: Drains = noDrains,
  part?: PlanPart,
): Steps<DirectorPlan> {
  const { services } = yield* directorIndexSteps(snapshot);
  const present = new Map(actual.map((entry) => [serviceId(entry.service.key), entry]));
  const served = new Map(part?.served);
  const table: ServiceEntry[] = [];
  for (const planned of part === undefined ? services : services.filter(({ id }) => part.ids.has(id))) {
    const known = present.get(planned.id);
    const { entry, servable } = serviceEntry(
      planned,
      health,
      known && destinationsById(known.destinations),
      drains,
    );
    served.set(planned.id, servable);
    table.push(entry);
    yield;
  }
  const servable = new Set<string>();
  for (const { id, vip, service } of services)
    if (served.get(id) === true && !service.withdrawn) servable.add(vip);
  return { table, served, servable };
}

/** Whether an entry of the kernel's table is Causeway's: the kernel keeps no owners. `ownedVips` comes from the ledger. */
export function ownsService(key: VirtualServiceKey, ownedVips: ReadonlySet<string>): boolean {
  return key.kind === 'mark' ? isProbeMark(key.mark) || isServiceMark(key.mark) : ownedVips.has(key.address);
}

/** Of these, what is at weight 0 must not be in the table. */
const refusing: ReadonlySet<string> = new Set(
  schedulers.filter((name) => schedulerFacts[name].refusesAtZero),
);

/**
 * Whose choice depends on the order in which destinations were added (ip_vs_mh_populate): directors that hear real servers one after the other
 * would choose differently. So all come at once, those of which nothing is known at 0.
 */
const orderMatters: ReadonlySet<string> = new Set(['mh']);

function isUnheard(candidate: Candidate | undefined): boolean {
  return candidate?.path === 'unknown' && candidate.drain === 'none';
}

function serviceEntry(
  planned: PlannedService,
  health: HealthView,
  present: ReadonlyMap<string, Destination> | undefined,
  drains: Drains,
): { entry: ServiceEntry; servable: boolean } {
  const { virtual, vip, port } = planned;
  const candidates = planned.destinations.map(
    (one): Candidate => ({
      tier: one.tier,
      plannedWeight: one.destination.weight,
      drain: one.drained ? drainOf(virtual.key, one, drains) : 'none',
      path: health.path(one.name, vip),
      application: health.application(one.name, vip, port),
      presentWeight: present?.get(one.id)?.weight,
    }),
  );
  const weights = effectiveWeights(candidates, port.protocol);
  const isNew = present === undefined && orderMatters.has(virtual.scheduler);
  // While nobody has a weight nothing is gained by it, and running connections go on.
  const isOut = refusing.has(virtual.scheduler) && weights.some((weight) => (weight ?? 0) > 0);
  const destinations = new Map<string, Destination>();
  for (const [index, { destination, id }] of planned.destinations.entries()) {
    const weight = weights[index] ?? (isNew && isUnheard(candidates[index]) ? 0 : undefined);
    if (weight === undefined || (isOut && weight === 0) || destinations.has(id)) continue;
    destinations.set(id, weight === destination.weight ? destination : { ...destination, weight });
  }
  const entry = { service: virtual, destinations: [...destinations.values()] };
  return { entry, servable: isServable(candidates) };
}

function drainOf(
  key: VirtualServiceKey,
  { destination }: PlannedDestination,
  drains: Drains,
): 'going' | 'over' {
  return drains.get(drainId(key, destination))?.isOver === true ? 'over' : 'going';
}
