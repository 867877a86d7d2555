/** Which operations turn the kernel's IPVS table into the wanted one, with no moment at which a service has nobody. */
import {
  type Destination,
  destinationId,
  type IpvsOperation,
  type IpvsTable,
  type ServiceEntry,
  serviceId,
  type VirtualServiceKey,
} from '../domain/ipvs-table.ts';
import { atOnce, type Steps } from '../domain/steps.ts';
import { destinationsById, sameDestinationSettings, sameServiceSettings } from './ipvs-compare.ts';

export { describeIpvsOperation } from './ipvs-text.ts';

const none: readonly Destination[] = [];

type Edit = Extract<IpvsOperation, { kind: 'edit-destination' }>;

/**
 * Services and destinations are added, then edited (weights that rise before those that fall), then deleted; each in the
 * wanted table's order. A changed weight or scheduler is an edit, never a delete and an add. What `owns` denies is neither
 * made nor edited nor deleted. Nothing to do is an empty list.
 */
export function diffIpvs(
  desired: IpvsTable,
  actual: IpvsTable,
  owns: (key: VirtualServiceKey) => boolean,
): IpvsOperation[] {
  return ipvsPhases(desired, actual, owns).flat();
}

/** The same, phase by phase: each ends everywhere before the next begins. */
export function ipvsPhases(
  desired: IpvsTable,
  actual: IpvsTable,
  owns: (key: VirtualServiceKey) => boolean,
): readonly (readonly IpvsOperation[])[] {
  return atOnce(ipvsPhaseSteps(desired, actual, owns));
}

/** The same, yielding between virtual services. */
export function* ipvsPhaseSteps(
  desired: IpvsTable,
  actual: IpvsTable,
  owns: (key: VirtualServiceKey) => boolean,
): Steps<readonly (readonly IpvsOperation[])[]> {
  const present = new Map(actual.map((entry) => [serviceId(entry.service.key), entry]));
  yield;
  const wanted = new Set<string>();
  const additions: (readonly IpvsOperation[])[] = [];
  const edits: Edit[] = [];
  const deletions: (readonly IpvsOperation[])[] = [];
  for (const entry of desired) {
    if (!owns(entry.service.key)) continue;
    const id = serviceId(entry.service.key);
    const was = present.get(id);
    wanted.add(id);
    additions.push(serviceOperation(entry, was), addedDestinations(entry, was));
    for (const edit of editedDestinations(entry, was)) edits.push(edit);
    deletions.push(deletedDestinations(entry, was));
    yield;
  }
  const isRise = (edit: Edit): boolean => edit.destination.weight > edit.from.weight;
  const surplus = [...present]
    .filter(([id, { service }]) => !wanted.has(id) && owns(service.key))
    .map(([, { service }]): IpvsOperation => ({ kind: 'delete-service', key: service.key }));
  return [
    additions.flat(),
    edits.filter(isRise),
    edits.filter((edit) => !isRise(edit)),
    deletions.flat(),
    surplus,
  ];
}

function serviceOperation({ service }: ServiceEntry, was: ServiceEntry | undefined): IpvsOperation[] {
  if (was === undefined) return [{ kind: 'add-service', service }];
  if (sameServiceSettings(service, was.service)) return [];
  return [{ kind: 'edit-service', service, from: was.service }];
}

function addedDestinations(entry: ServiceEntry, was: ServiceEntry | undefined): IpvsOperation[] {
  const present = destinationsById(was?.destinations ?? none);
  return entry.destinations
    .filter((destination) => !present.has(destinationId(destination)))
    .map((destination) => ({ kind: 'add-destination', key: entry.service.key, destination }));
}

function editedDestinations(entry: ServiceEntry, was: ServiceEntry | undefined): Edit[] {
  const present = destinationsById(was?.destinations ?? none);
  return entry.destinations.flatMap((destination) => {
    const from = present.get(destinationId(destination));
    if (from === undefined || sameDestinationSettings(destination, from)) return [];
    return [{ kind: 'edit-destination', key: entry.service.key, destination, from }];
  });
}

function deletedDestinations(entry: ServiceEntry, was: ServiceEntry | undefined): IpvsOperation[] {
  if (was === undefined) return [];
  const wanted = destinationsById(entry.destinations);
  return was.destinations
    .filter((destination) => !wanted.has(destinationId(destination)))
    .map((destination) => ({ kind: 'delete-destination', key: entry.service.key, destination }));
}
