/** Status and plans between the domain and the wire. */

import { agentRoles } from '../domain/role.ts';
import {
  type AgentPlan,
  type AgentStatus,
  disagreementSubjects,
  drainStates,
  returnPathStates,
  type ServiceStatus,
  type Status,
  unsupervisedReasons,
} from '../domain/status.ts';
import type { Steps } from '../domain/steps.ts';
import { latencyToWire, reportFromWire, reportToWire } from './convert-report.ts';
import { createWordReader, unsigned, type WordReader } from './convert-words.ts';
import type { AgentPlan__Output, AgentPlan as WirePlan } from './gen/causeway/v1/AgentPlan.ts';
import type { AgentStatus__Output, AgentStatus as WireAgentStatus } from './gen/causeway/v1/AgentStatus.ts';
import type { ServiceStatus__Output } from './gen/causeway/v1/ServiceStatus.ts';
import type { StatusResponse, StatusResponse__Output } from './gen/causeway/v1/StatusResponse.ts';

const agentsAStep = 100;

/** Yields between agents. */
export function* statusToWire(status: Status): Steps<StatusResponse> {
  const {
    revision,
    coordinator,
    startedMs,
    isSummary,
    publishedRevision = 0,
    handovers = [],
    parts = [],
    disagreements = [],
  } = status;
  const agents: WireAgentStatus[] = [];
  for (const [index, agent] of status.agents.entries()) {
    agents.push(agentToWire(agent));
    if (index % agentsAStep === 0) yield;
  }
  return {
    revision,
    publishedRevision,
    parts: parts.map((part) => ({ ...part, ageMs: unsigned(part.ageMs) })),
    handovers: handovers.map((one) => ({ ...one, waitsFor: [...one.waitsFor] })),
    disagreements: disagreements.map((one) => ({
      ...one,
      directors: [...one.directors],
      sinceMs: unsigned(one.sinceMs),
    })),
    coordinator,
    startedMs: unsigned(startedMs),
    troubles: [...status.troubles],
    summary: isSummary === true,
    agents,
    services: status.services.map(({ old, udpBytes, ...service }) => ({
      ...service,
      udpBytesV4: udpBytes?.ipv4 ?? 0,
      udpBytesV6: udpBytes?.ipv6 ?? 0,
      ...(old === undefined ? {} : { old: old.count, oldMs: unsigned(old.ageMs) }),
      vips: [...service.vips],
      ports: [...service.ports],
      withdrawnAt: [...service.withdrawnAt],
    })),
    drains: status.drains.map((drain) => ({ ...drain, connections: unsigned(drain.connections) })),
    unsupervised: status.unsupervised.map((one) => ({ ...one, sinceMs: unsigned(one.sinceMs) })),
    latency: status.latency.map(latencyToWire),
    returnPaths: (status.returnPaths ?? []).map((one) => ({
      ...one,
      refutedAt: [...one.refutedAt],
      unheardBy: [...one.unheardBy],
    })),
  };
}

const handoverKinds = ['Site', 'Service'] as const;

/** Throws `invalid` for a word that this version does not know. */
export function statusFromWire(wire: StatusResponse__Output): Status {
  const words = createWordReader();
  const { revision, publishedRevision, coordinator, startedMs, troubles, latency } = wire;
  const { summary: isSummary } = wire;
  const services = wire.services.map(serviceFromWire);
  const agents = wire.agents.map((agent) => agentFromWire(agent, words));
  const drains = wire.drains.map(({ director, ...drain }) => ({
    ...drain,
    ...(director === '' ? {} : { director }),
    state: words.word('drains.state', drain.state, drainStates),
  }));
  const disagreements = wire.disagreements.map(({ detail, ...one }) => ({
    ...one,
    about: words.word('disagreements.about', one.about, disagreementSubjects),
    ...(detail === '' ? {} : { detail }),
  }));
  const unsupervised = wire.unsupervised.map((one) => ({
    ...one,
    reason: words.word('unsupervised.reason', one.reason, unsupervisedReasons),
  }));
  const handovers = wire.handovers.map((one) => ({
    ...one,
    kind: words.word('handovers.kind', one.kind, handoverKinds),
  }));
  const published = {
    ...(publishedRevision === 0 ? {} : { publishedRevision }),
    ...(handovers.length === 0 ? {} : { handovers }),
    ...(wire.parts.length === 0 ? {} : { parts: wire.parts }),
    ...(disagreements.length === 0 ? {} : { disagreements }),
  };
  // A later version may know more of them: what that means is not known here.
  const returnPaths = wire.returnPaths.map((one) => ({
    ...one,
    state: returnPathStates.find((state) => state === one.state) ?? 'unknown',
  }));
  words.refuseProblems('read status');
  const own = { revision, ...published, coordinator, startedMs, troubles };
  const told = { agents, services, drains, unsupervised, latency, isSummary };
  return { ...own, ...told, ...(returnPaths.length === 0 ? {} : { returnPaths }) };
}

function serviceFromWire(wire: ServiceStatus__Output): ServiceStatus {
  const { partly, old, oldMs, udpBytesV4, udpBytesV6, ...service } = wire;
  const udpBytes = {
    ...(udpBytesV4 === 0 ? {} : { ipv4: udpBytesV4 }),
    ...(udpBytesV6 === 0 ? {} : { ipv6: udpBytesV6 }),
  };
  return {
    ...service,
    ...(udpBytesV4 + udpBytesV6 === 0 ? {} : { udpBytes }),
    ...(partly === 0 ? {} : { partly }),
    ...(old === 0 ? {} : { old: { count: old, ageMs: oldMs } }),
  };
}

function agentToWire(agent: AgentStatus): WireAgentStatus {
  const {
    paths,
    destinations,
    applications,
    load,
    troubles,
    held,
    fault,
    examination,
    reportAgeMs,
    ...rest
  } = agent;
  const own = {
    ...(fault === undefined ? {} : { fault }),
    ...(examination === undefined ? {} : { examination }),
  };
  const report = reportToWire({ paths, destinations, applications, load, troubles, held, ...own });
  const age = reportAgeMs === undefined ? {} : { reportAgeMs: unsigned(reportAgeMs) };
  return { ...rest, ...report, ...age, lastSeenMs: unsigned(agent.lastSeenMs) };
}

function agentFromWire(wire: AgentStatus__Output, words: WordReader): AgentStatus {
  const {
    paths,
    destinations,
    applications,
    load,
    troubles,
    held,
    fault,
    examination,
    role,
    reportAgeMs,
    ...rest
  } = wire;
  const report = reportFromWire(
    {
      paths,
      destinations,
      applications,
      load,
      troubles,
      held,
      fault,
      examination,
      idleVips: [],
      choices: null,
      returnPaths: [],
    },
    words,
  );
  const age = reportAgeMs === undefined ? {} : { reportAgeMs };
  return { ...rest, ...report, ...age, role: words.word('agents.role', role, agentRoles) };
}

export function agentPlanToWire({ role, name, operations, refusal = '' }: AgentPlan): WirePlan {
  return { role, name, operations: [...operations], refusal };
}

/** Throws `invalid` for an unknown role. */
export function agentPlanFromWire({ role, name, operations, refusal }: AgentPlan__Output): AgentPlan {
  const words = createWordReader();
  const plan = { role: words.word('role', role, agentRoles), name, operations };
  words.refuseProblems('read plan of', name);
  return refusal === '' ? plan : { ...plan, refusal };
}
