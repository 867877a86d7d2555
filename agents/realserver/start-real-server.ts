/** How a real server's agent begins on a real host, and how all traces of it are removed. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../src/domain/clock.ts';
import { createConnection } from '../../src/kernel/netlink/connection.ts';
import { sockDiagProtocol } from '../../src/kernel/sockets/sock-diag-codec.ts';
import { readTcpInUse } from '../../src/kernel/sockets/sockstat.ts';
import { createTcpSockets } from '../../src/kernel/sockets/tcp-sockets.ts';
import { createProbeSocket } from '../../src/probe/probe-socket.ts';
import type { RealServerConfig } from '../../src/runtime/config.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { cleanUp, tellCleanUp } from '../shared/cleanup.ts';
import { adoptOwn, live, openParts, refuseStrangers } from '../shared/life.ts';
import { runCheck } from './checks.ts';
import { createHostCpu, type ShareSource } from './cpu.ts';
import { createFileShare } from './load-file.ts';
import { localHandshake } from './local-handshake.ts';
import { ownMarks, ownNames } from './own-names.ts';
import { createRealServerAgent } from './real-server-agent.ts';

/** A measurement that takes longer is stale before it is told. */
const diagnosisTimeoutMs = 2_000;

/** `inherited`: descriptors of the listening sockets that systemd hands over. */
export async function startRealServer(
  config: RealServerConfig,
  log: Logger,
  inherited: readonly number[],
): Promise<void> {
  const parts = await openParts('realserver', config, log);
  await adoptOwn(parts, { ...ownMarks, address: config.address });
  if (config.cleanup && config.observe) return tellCleanUp(parts);
  if (config.cleanup) return await cleanUp(parts);
  await refuseStrangers(parts, ownNames);
  const diagnosis = createConnection(sockDiagProtocol, { timeoutMs: diagnosisTimeoutMs });
  const agent = await createRealServerAgent({
    ...parts,
    sockets: createTcpSockets(diagnosis, readTcpInUse),
    cpu: shareSource(config, parts.clock),
    inherited,
    network: {
      openSocket: createProbeSocket,
      check: (target) => runCheck(target),
      handshake: localHandshake,
    },
  });
  await live(parts, agent, () => diagnosis.close());
}

function shareSource({ loadFile }: RealServerConfig, clock: Clock): ShareSource {
  if (loadFile !== undefined) return createFileShare(loadFile, clock);
  return createHostCpu(clock, () => readFile('/proc/stat', 'utf8'));
}
