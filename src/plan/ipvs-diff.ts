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
  const present = new Map(actual.map((entry) => [serviceId(entry.service.key), entry]));
  const wanted = desired.filter(({ service }) => owns(service.key));
  const wantedIds = new Set(wanted.map(({ service }) => serviceId(service.key)));
  const surplus = actual.filter(({ service }) => owns(service.key) && !wantedIds.has(serviceId(service.key)));
  const pairs = wanted.map((entry) => ({ entry, was: present.get(serviceId(entry.service.key)) }));
  const edits = pairs.flatMap(({ entry, was }) => editedDestinations(entry, was));
  const rises = (edit: Edit) => edit.destination.weight > edit.from.weight;
  return [
    pairs.flatMap(({ entry, was }) => [...serviceOperation(entry, was), ...addedDestinations(entry, was)]),
    edits.filter(rises),
    edits.filter((edit) => !rises(edit)),
    pairs.flatMap(({ entry, was }) => deletedDestinations(entry, was)),
    surplus.map(({ service }): IpvsOperation => ({ kind: 'delete-service', key: service.key })),
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
