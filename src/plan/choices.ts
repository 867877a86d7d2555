/** By what a director's kernel chooses real servers where it chooses by hash, as two sums that other directors' are compared with. Pure. */
import { hashing, type ServiceState, serviceId } from '../domain/ipvs-table.ts';
import type { ChoiceReport } from '../domain/report.ts';
import type { Steps } from '../domain/steps.ts';
import type { DirectorContent } from './snapshots.ts';
import { virtualEnds } from './virtual-ends.ts';
import { fnv1a32 } from './weights/hash.ts';

export type Choice = Omit<ChoiceReport, 'sinceMs'>;

export interface ChoiceFacts {
  /** net.ipv4.vs.sloppy_tcp; undefined: unknown. */
  readonly sloppyTcp: string | undefined;
  /** By the id of a virtual service: weights that only steer wait for their next burst, on purpose. */
  readonly waits: (id: string) => boolean;
}

/**
 * One for each service whose scheduler hashes, and of which all is in the kernel. Scheduler, flags, persistence, and of destinations
 * address, port and weight: a director that holds one for dead chooses otherwise, and says so. Forwarding is no part of it, for directors
 * reach the same real server by different ways. The kernel fills its table in its own order, so that one is a sum of its own. Yields between
 * virtual services.
 */
export function* choicesOf(
  { services }: Pick<DirectorContent, 'services'>,
  actual: readonly ServiceState[],
  { sloppyTcp, waits }: ChoiceFacts,
): Steps<Choice[]> {
  const hashed = services.filter(({ scheduler }) => hashing.has(scheduler));
  if (hashed.length === 0) return [];
  const present = new Map(actual.map((one) => [serviceId(one.service.key), one]));
  const choices: Choice[] = [];
  for (const service of hashed) {
    const ids = virtualEnds(service).map(({ key }) => serviceId(key));
    const states = ids.map((id) => present.get(id)).filter((state) => state !== undefined);
    if (states.length < ids.length || ids.some(waits)) continue;
    const contents = [`sloppy_tcp ${sloppyTcp ?? '?'}`];
    const orders: string[] = [];
    for (const state of states) {
      contents.push(contentOf(state));
      orders.push(orderOf(state));
      yield;
    }
    const [content, order] = [contents, orders].map((texts) => sumOf(texts.join('\n')));
    if (content !== undefined && order !== undefined) choices.push({ service: service.name, content, order });
  }
  return choices;
}

function contentOf({ service, destinations }: ServiceState): string {
  const { key, scheduler, schedulerFlags, persistenceSeconds, persistencePrefix = 0 } = service;
  const { fallback, port } = schedulerFlags;
  const head = `${serviceId(key)} ${scheduler} ${fallback} ${port} ${persistenceSeconds}/${persistencePrefix}`;
  return [head, ...destinations.map((one) => `${endOf(one)} ${one.weight}`).toSorted()].join('\n');
}

function orderOf({ service, destinations }: ServiceState): string {
  return [serviceId(service.key), ...destinations.map(endOf)].join('\n');
}

function endOf({ address, port }: ServiceState['destinations'][number]): string {
  return `${address} ${port}`;
}

function sumOf(text: string): string {
  return fnv1a32(text).toString(16).padStart(8, '0');
}

/** Each with since when it has been as it is; `nowMs`: since the epoch. */
export function choiceReports(
  before: readonly ChoiceReport[],
  now: readonly Choice[],
  nowMs: number,
): ChoiceReport[] {
  const known = new Map(before.map((one) => [one.service, one]));
  return now.map((choice) => {
    const old = known.get(choice.service);
    const isSame = old?.content === choice.content && old.order === choice.order;
    return isSame ? old : { ...choice, sinceMs: nowMs };
  });
}
