/** How an agent's program begins and ends on a real host: what it needs is there, or one line says what is missing. */
import { join } from 'node:path';
import { type AgentLink, connectAgent } from '../../src/api/agent-client.ts';
import { createOwnRenewal } from '../../src/api/own-renewal.ts';
import { askForRenewal } from '../../src/api/renew-client.ts';
import { tlsTowards } from '../../src/api/tls-files.ts';
import { CausewayError } from '../../src/domain/error.ts';
import { describeHostOperation, type HostState } from '../../src/domain/host-state.ts';
import { type AgentRole, roles } from '../../src/domain/role.ts';
import { examineHost } from '../../src/kernel/examine-host.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { adopt, type OwnMarks } from '../../src/kernel/host-marks.ts';
import { foreignObjects } from '../../src/kernel/host-read.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import type { ConfigOf } from '../../src/runtime/config-keys.ts';
import { tlsFilesOf } from '../../src/runtime/config-tls.ts';
import { lookOnlyDisk, realDisk } from '../../src/runtime/durable-file.ts';
import { serveHttp } from '../../src/runtime/http.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { onShutdown } from '../../src/runtime/shutdown.ts';
import { createSnapshotFile } from '../../src/runtime/snapshot-file.ts';
import { lockStateDir } from '../../src/runtime/state-lock.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { programVersion } from '../../src/runtime/version.ts';
import type { Agent, AgentParts } from './agent.ts';

const shutdownGraceMs = 5_000;
/** A log line names so many at most. */
const namedObjects = 20;

/** What both agents are made of, as their programs open it; theirs alone until the process ends. Errors: those of lock, ledger and host. */
export async function openParts<R extends AgentRole>(
  role: R,
  config: ConfigOf[R],
  log: Logger,
): Promise<AgentParts<R>> {
  const { stateDir, sysctlDir, coordinators, site, name, insecure, observe } = config;
  const files = tlsFilesOf(config);
  const own = { role, site, name };
  // Read at each connection: a renewed certificate is taken without a restart, and a bad one keeps no agent from its work.
  const tls = (address: string) => tlsTowards(address, { files, insecure, own }, realClock.nowMs());
  let link: AgentLink | undefined;
  // First of all: two agents, or one and a cleanup beside it, would undo each other's work on the host.
  if (!observe) lockStateDir(stateDir, `causeway-${role}`);
  const ledger = await openLedger(join(stateDir, 'ledger.json'), observe ? lookOnlyDisk : realDisk);
  const host = observe ? lookOnlyHost(await createHost(sysctlDir)) : await createHost(sysctlDir);
  const file = createSnapshotFile(join(stateDir, 'snapshot.json'), role);
  return {
    config,
    ledger,
    host,
    // Others' rules are read in the background anyway: what is known of them is taken.
    examine: (ask) => examineHost({ host, clock: realClock }, ask, false),
    file: observe ? { ...file, save: async () => {}, remove: async () => {} } : file,
    connect(handlers) {
      link = connectAgent({ coordinators, tls, clock: realClock, random: Math.random, ...handlers });
      return link;
    },
    renewal:
      files === undefined || config.cleanup || observe
        ? undefined
        : createOwnRenewal({
            ...{ files, own, clock: realClock, random: Math.random, log },
            ask: (request) =>
              askForRenewal({ coordinators: link?.coordinators() ?? coordinators, tls, request }),
          }),
    clock: realClock,
    random: Math.random,
    log,
    programVersion,
  };
}

/** Nobody must come so far as to change it: a mistake shows, and harms nobody. */
function lookOnlyHost(host: Host): Host {
  return {
    ...host,
    apply: async (operation) => {
      throw new CausewayError({
        code: 'internal',
        operation: describeHostOperation(operation),
        message: 'not done: this agent only observes',
      });
    },
  };
}

/**
 * What bears our names and marks is ours, also where the state directory was lost: then it is taken back into the ledger, so that the agent
 * goes on with it and `--cleanup` finds it.
 */
export async function adoptOwn(
  { host, ledger, log }: Pick<AgentParts<AgentRole>, 'host' | 'ledger' | 'log'>,
  marks: OwnMarks,
): Promise<void> {
  const adopted = await adopt(ledger, await host.marked(marks));
  if (adopted.length === 0) return;
  const objects = adopted.slice(0, namedObjects).map(describeHostOperation);
  log.warn(
    { objects, count: adopted.length },
    'the ledger did not know what bears our names on this host: taken back; settings keep the values that they have',
  );
}

/** Also the first use of nft, so that its absence is said at the start. Error `conflict` where a name of ours is taken. */
export async function refuseStrangers(
  { host, ledger }: Pick<AgentParts<AgentRole>, 'host' | 'ledger'>,
  ownNames: HostState,
): Promise<void> {
  const [conflict] = foreignObjects(ownNames, await host.read([ownNames]), ledger.made());
  if (conflict !== undefined) throw conflict;
}

/** Shows the agent over HTTP until the program is asked to end; then `close` closes what the agent used beside the host. */
export async function live(
  { config, host, renewal, log }: Pick<AgentParts<AgentRole>, 'config' | 'host' | 'renewal' | 'log'>,
  agent: Agent,
  close: () => void,
): Promise<void> {
  const { exposition, healthy } = agent;
  const { role, name, site, address, stateDir } = config;
  const { title, keeps } = roles[role];
  const http =
    config.http === undefined
      ? undefined
      : await serveHttp({
          ...{ address: config.http, exposition, healthy, allow: config.httpAllow },
          ...{ log, clock: realClock },
        });
  if (config.insecure)
    log.warn(
      'it speaks plaintext and believes whoever answers (insecure: true); causeway pki makes certificates',
    );
  log.info(
    { name, site, address, stateDir, http: http?.address, version: programVersion },
    `${title} started`,
  );
  onShutdown(
    async () => {
      renewal?.close();
      await Promise.all([agent.close(), http?.close()]);
      close();
      host.close();
      log.info(`stopped; the ${keeps} stays as it is`);
    },
    { graceMs: shutdownGraceMs, onFailure: (reason) => log.error({ err: reason }, 'not stopped in order') },
  );
}
