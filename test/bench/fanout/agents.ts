/** Some agents of the fan-out, each with a connection of its own: `PORT AGENTS FROM TO [CERTIFICATES]`. They apply at once what they get. */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { type AgentLink, connectAgent } from '../../../src/api/agent-client.ts';
import { type AgentReport, emptyReport } from '../../../src/domain/agent-message.ts';
import type { Member } from '../../../src/domain/member.ts';
import type { DestinationReport, PathReport } from '../../../src/domain/report.ts';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { agentMaterials } from './certificates.ts';
import { fleetOf, roundOf } from './fleet.ts';

export type AgentsQuestion =
  /** So many to a batch: each when the one before it is connected. Answers when all are. */
  | { readonly kind: 'connect' }
  /** Answers when every agent is connected and has acknowledged that round or a later one. */
  | { readonly kind: 'await'; readonly round: number }
  /** Directors report every 2 s, real servers every 5 s; else never. */
  | { readonly kind: 'report'; readonly isOn: boolean }
  | { readonly kind: 'figures' };

export interface AgentsFigures {
  /** Since the epoch, with fractions: when the last of it came about. */
  readonly atMs: number;
  /** Received over all connections, as TCP has it. */
  readonly bytesRead: number;
  readonly acknowledged: number;
  /** Connections that were lost, or did not come about. */
  readonly attempts: number;
  /** Of these processes since they began, user and system. */
  readonly cpuMs: number;
}

interface Agent {
  readonly link: AgentLink;
  applied: Snapshot | undefined;
  round: number;
}

const directorReportMs = 2_000;
const realServerReportMs = 5_000;
const batch = 100;
/** It only ends what never comes: a storm of thousands takes minutes of a machine that others use as well. */
const awaitWithinMs = 15 * 60_000;

const [port = '', count = '0', from = '0', to = '0', certificates] = process.argv.slice(2);
const members = fleetOf(Number(count)).members.slice(Number(from), Number(to));
const materials = certificates === undefined ? undefined : agentMaterials(certificates, members);
const agents: Agent[] = [];
const sockets = new Set<Socket>();
let bytesOfClosed = 0;
let acknowledged = 0;
let attempts = 0;
let lastAtMs = 0;
let isReporting = false;
let waiting: { readonly isOver: () => boolean; readonly giveUp: NodeJS.Timeout } | undefined;
/** Those that are not connected, or not as far as is awaited. */
const behind = new Set<Agent>();
let awaitedRound = 0;

subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  sockets.add(socket);
  socket.once('close', () => {
    bytesOfClosed += socket.bytesRead;
    sockets.delete(socket);
  });
});

/** They are many for one process: what it takes to make them all at once is not the coordinator's. */
async function connectAll(): Promise<void> {
  for (const member of members) {
    connect(member);
    if (agents.length % batch !== 0 && agents.length < members.length) continue;
    while (!agents.every(({ link }) => link.connected)) await passed(20);
  }
}

function connect(member: Member): void {
  const agent: Agent = {
    applied: undefined,
    round: -1,
    link: connectAgent({
      coordinators: [`127.0.0.1:${port}`],
      clock: realClock,
      random: Math.random,
      ...(materials === undefined ? {} : { tls: () => materials.get(member.name) }),
      hello: () => ({
        ...member,
        programVersion: 'bench',
      }),
      held: () => agent.applied,
      onSnapshot(snapshot) {
        agent.applied = snapshot;
        agent.round = roundOf(snapshot);
        agent.link.acknowledge(snapshot.version);
        acknowledged += 1;
        heard(agent);
      },
      onState(isConnected) {
        if (!isConnected) attempts += 1;
        heard(agent);
      },
    }),
  };
  agents.push(agent);
  behind.add(agent);
  const everyMs = member.role === 'director' ? directorReportMs : realServerReportMs;
  setTimeout(
    () => setInterval(() => isReporting && report(agent), everyMs),
    Math.floor(Math.random() * everyMs),
  );
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function report({ link, applied }: Agent): void {
  if (applied !== undefined)
    link.report(applied.kind === 'director' ? directorSays(applied) : serverSays(applied));
}

/** Ways waver and counters grow, as they do. */
function directorSays({ realServers, services }: Extract<Snapshot, { kind: 'director' }>): AgentReport {
  const paths = realServers.map(
    ({ name }): PathReport => ({
      realServer: name,
      state: 'up',
      sinceMs: 1,
      rttP50Us: 1_000 + Math.round(20 * Math.random()),
      rttP90Us: 1_200 + Math.round(20 * Math.random()),
      loss: 0,
      answered: 20,
      agent: 'present',
      knock: 'works',
    }),
  );
  const grown = Math.round(Date.now() / 100) % 1_000_000;
  const destinations = services.flatMap(({ name: service, destinations: own }) =>
    own.map(
      ({ realServer, weight }, index): DestinationReport => ({
        service,
        realServer,
        weight,
        activeConnections: 10,
        // A tenth of them carry something at a time.
        connections: index % 10 === 0 ? grown : 1_000,
        bytesIn: index % 10 === 0 ? 1_000 * grown : 1_000_000,
        countedSinceMs: 1,
        verdict: 'healthy',
      }),
    ),
  );
  return { ...emptyReport, paths, destinations };
}

function serverSays({ services }: Extract<Snapshot, { kind: 'realserver' }>): AgentReport {
  return {
    ...emptyReport,
    applications: services.map(({ name: service }) => ({
      service,
      verdict: 'healthy',
      sinceMs: 1,
      reason: '',
    })),
    load: {
      connections: 10 + Math.round(2 * Math.random()),
      connectionsUtil: 0.01,
      cpuUtil: 0.2 + Math.random() / 50,
      backlogUtil: 0,
    },
  };
}

function judge(agent: Agent): void {
  if (agent.link.connected && agent.round >= awaitedRound) behind.delete(agent);
  else behind.add(agent);
}

function heard(agent: Agent): void {
  judge(agent);
  lastAtMs = performance.timeOrigin + performance.now();
  answerIfOver();
}

function answerIfOver(): void {
  if (waiting?.isOver() !== true) return;
  clearTimeout(waiting.giveUp);
  waiting = undefined;
  answer();
}

function answerWhen(isOver: () => boolean): void {
  const giveUp = setTimeout(() => {
    const connected = agents.filter(({ link }) => link.connected).length;
    process.stderr.write(
      `agents: ${connected} of ${agents.length} are connected; what is awaited did not come\n`,
    );
    process.exit(1);
  }, awaitWithinMs);
  waiting = { isOver, giveUp };
  answerIfOver();
}

function answer(): void {
  let bytesRead = bytesOfClosed;
  for (const socket of sockets) bytesRead += socket.bytesRead;
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1_000;
  const figures: AgentsFigures = { atMs: lastAtMs, bytesRead, acknowledged, attempts, cpuMs };
  process.send?.(figures);
}

process.on('message', (question: AgentsQuestion) => {
  switch (question.kind) {
    case 'connect':
      return void connectAll().then(answer);
    case 'await':
      awaitedRound = question.round;
      agents.forEach(judge);
      return answerWhen(() => behind.size === 0);
    case 'report':
      isReporting = question.isOn;
      return answer();
    case 'figures':
      return answer();
  }
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
