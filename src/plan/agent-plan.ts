/** What an apply would cause: for each agent the operations between the world as it is and as it would be. */
import { familyOf } from '../domain/address.ts';
import type { Asked } from '../domain/asked.ts';
import {
  describeHostOperation,
  emptyHostState,
  type HostOperation,
  type HostState,
} from '../domain/host-state.ts';
import type { DirectorMember, RealServerMember } from '../domain/member.ts';
import type { AgentPlan } from '../domain/status.ts';
import type { Steps } from '../domain/steps.ts';
import type { World } from '../domain/world.ts';
import { directorHost } from './director-host.ts';
import { diffHost } from './host-diff.ts';
import { describeIpvsOperation } from './ipvs-text.ts';
import { byName } from './order.ts';
import { implausible, implausibleForRealServer } from './plausibility.ts';
import { type RealServerFacts, realServerHost } from './real-server-host.ts';
import { createSnapshots, type RealServerContent, type Snapshots } from './snapshots.ts';
import { tableOperations } from './table-operations.ts';

/** Only the agent knows its MTU. */
const assumedMtuBytes = 1_500;

/**
 * Agents with something to do, directors first, then by name. As if everything were healthy: what is down now keeps weight 0 on its
 * director, and as if drains that began before were over. What only the agent knows is shown in angle brackets. Yields between agents,
 * and between parts of a director's table.
 */
export function* planOperations(
  before: World,
  after: World,
  asked: readonly Asked[] = [],
): Steps<AgentPlan[]> {
  // By the same maker: what does not change is the same value in both.
  const make = createSnapshots();
  const worlds: Worlds = { before: yield* make(before), after: yield* make(after), asked };
  const plans: AgentPlan[] = [];
  const add = (plan: AgentPlan): void => {
    if (plan.operations.length > 0) plans.push(plan);
  };
  const directors = new Map(before.directors.map((director) => [director.name, director]));
  for (const director of byName(after.directors)) {
    const was = directors.get(director.name);
    add({ role: 'director', name: director.name, ...(yield* directorPlanned(worlds, was, director)) });
    yield;
  }
  const realServers = new Map(before.realServers.map((realServer) => [realServer.name, realServer]));
  for (const realServer of byName(after.realServers)) {
    const was = realServers.get(realServer.name);
    add({ role: 'realserver', name: realServer.name, ...realServerPlanned(worlds, was, realServer) });
    yield;
  }
  return plans;
}

interface Worlds {
  readonly before: Snapshots;
  readonly after: Snapshots;
  readonly asked: readonly Asked[];
}

type Planned = Pick<AgentPlan, 'operations' | 'refusal'>;

const nothing: Planned = { operations: [] };

/** Host before IPVS, as the agent goes about it. */
function* directorPlanned(
  { before, after, asked }: Worlds,
  was: DirectorMember | undefined,
  director: DirectorMember,
): Steps<Planned> {
  const old = was === undefined ? undefined : yield* before.director(was);
  const next = yield* after.director(director);
  const isSameContent =
    old !== undefined &&
    old.ipvs === next.ipvs &&
    isSame(old.services, next.services) &&
    isSame(old.realServers, next.realServers);
  if (isSameContent) return nothing;
  yield;
  const host = hostLines(directorHost(next), old === undefined ? emptyHostState : directorHost(old));
  yield;
  const operations = yield* tableOperations(old, next);
  return planned([...host, ...operations.map(describeIpvsOperation)], implausible(old, next, asked));
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
}

/** With what the agent's own judgement would be. */
function planned(operations: readonly string[], refusal: string | undefined): Planned {
  return refusal === undefined ? { operations } : { operations, refusal: `implausible: ${refusal}` };
}

function realServerPlanned(
  { before, after, asked }: Worlds,
  was: RealServerMember | undefined,
  realServer: RealServerMember,
): Planned {
  const old = was && { content: before.realServer(was), facts: placeholderFacts(was) };
  const next = after.realServer(realServer);
  if (old !== undefined && was === realServer && isSameForRealServer(old.content, next)) return nothing;
  const host = old === undefined ? emptyHostState : realServerHost(old.content, old.facts);
  const operations = hostLines(realServerHost(next, placeholderFacts(realServer)), host);
  return planned(operations, implausibleForRealServer(old?.content, next, asked));
}

function isSameForRealServer(a: RealServerContent, b: RealServerContent): boolean {
  return (
    a.tunnel === b.tunnel &&
    isSame(a.guePorts ?? [], b.guePorts ?? []) &&
    isSame(a.services, b.services) &&
    isSame(a.directors, b.directors)
  );
}

function hostLines(desired: HostState, actual: HostState): string[] {
  return diffHost(desired, actual, actual).map(hostLine);
}

function hostLine(operation: HostOperation): string {
  const isUnknown = operation.kind === 'set-sysctl' && operation.previous === '';
  return describeHostOperation(isUnknown ? { ...operation, previous: '<present value>' } : operation);
}

/** A host with one link and nothing odd about it. */
function placeholderFacts({ address, prefixLength }: RealServerMember): RealServerFacts {
  const link = '<underlay>';
  return {
    address,
    link,
    mtuBytes: assumedMtuBytes,
    networks: familyOf(address) === 'ipv4' ? [{ link, address, prefixLength }] : [],
    isStrict: false,
    elsewhere: [],
    clientsElsewhere: false,
    ipv6: 'on',
  };
}
