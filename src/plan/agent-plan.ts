/** What an apply would cause: for each agent the operations between the world as it is and as it would be. */
import { familyOf } from '../domain/address.ts';
import type { Asked } from '../domain/asked.ts';
import {
  describeHostOperation,
  emptyHostState,
  type HostOperation,
  type HostState,
} from '../domain/host-state.ts';
import type { IpvsTable } from '../domain/ipvs-table.ts';
import type { DirectorMember, RealServerMember } from '../domain/member.ts';
import type { AgentPlan } from '../domain/status.ts';
import type { World } from '../domain/world.ts';
import { directorHost } from './director-host.ts';
import { directorTable, type HealthView } from './director-table.ts';
import { diffHost } from './host-diff.ts';
import { diffIpvs } from './ipvs-diff.ts';
import { describeIpvsOperation } from './ipvs-text.ts';
import { byName } from './order.ts';
import { implausible, implausibleForRealServer } from './plausibility.ts';
import { type RealServerFacts, realServerHost } from './real-server-host.ts';
import { directorContent, realServerContent } from './snapshots.ts';

const allHealthy: HealthView = { path: () => 'up', application: () => 'healthy' };

/** Only the agent knows its MTU. */
const assumedMtuBytes = 1_500;

/**
 * Agents with something to do, directors first, then by name. As if everything were healthy: what is down now keeps weight 0 on its
 * director, and as if drains that began before were over. What only the agent knows is shown in angle brackets.
 */
export function planOperations(before: World, after: World, asked: readonly Asked[] = []): AgentPlan[] {
  const directors = byName(after.directors).map(
    (director): AgentPlan => ({
      role: 'director',
      name: director.name,
      ...directorPlanned(before, after, director, asked),
    }),
  );
  const realServers = byName(after.realServers).map(
    (realServer): AgentPlan => ({
      role: 'realserver',
      name: realServer.name,
      ...realServerPlanned(before, after, realServer, asked),
    }),
  );
  return [...directors, ...realServers].filter(({ operations }) => operations.length > 0);
}

type Planned = Pick<AgentPlan, 'operations' | 'refusal'>;

/** Host before IPVS, as the agent goes about it. */
function directorPlanned(
  before: World,
  after: World,
  director: DirectorMember,
  asked: readonly Asked[],
): Planned {
  const was = before.directors.find(({ name }) => name === director.name);
  const old = was === undefined ? undefined : directorContent(before, was);
  const next = directorContent(after, director);
  const table: IpvsTable = old === undefined ? [] : directorTable(old, allHealthy, []);
  const host = old === undefined ? emptyHostState : directorHost(old);
  const operations = [
    ...hostLines(directorHost(next), host),
    ...diffIpvs(directorTable(next, allHealthy, table), table, () => true).map(describeIpvsOperation),
  ];
  return planned(operations, implausible(old, next, asked));
}

/** With what the agent's own judgement would be. */
function planned(operations: readonly string[], refusal: string | undefined): Planned {
  return refusal === undefined ? { operations } : { operations, refusal: `implausible: ${refusal}` };
}

function realServerPlanned(
  before: World,
  after: World,
  realServer: RealServerMember,
  asked: readonly Asked[],
): Planned {
  const was = before.realServers.find(({ name }) => name === realServer.name);
  const old = was && { content: realServerContent(before, was), facts: placeholderFacts(was) };
  const next = realServerContent(after, realServer);
  const host = old === undefined ? emptyHostState : realServerHost(old.content, old.facts);
  const operations = hostLines(realServerHost(next, placeholderFacts(realServer)), host);
  return planned(operations, implausibleForRealServer(old?.content, next, asked));
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
